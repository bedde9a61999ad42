"""What a process that hosts FMUs may still reach, once it has read what it has to."""

import tempfile
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

from twin.compiled import machine_code_folders
from twin.confine import NOTHING, Allowed, Left, came_along, confine
from twin.site import Site


def shut_in(
    site: Site,
    unconfined: str | None = None,
    read: Iterable[str | Path | None] = (),
    write: Iterable[Path] = (),
    left: Left = NOTHING,
    devices: Iterable[Path] = (),
) -> str:
    """Shut this process in, unless the user said why not; a sentence of what came of it.

    It may read the site, its FMUs and `read`, and write its folder for temporary files and `write`;
    it talks to `devices`, and of system calls it keeps those of `left`.
    """
    fmus = [site.fmu_path(part) for part in site.plant.parts]
    own = site.document.path.absolute().parent
    return shut_in_fmus(fmus, unconfined, [own, *read], write, left, devices)


def shut_in_fmus(
    fmus: Iterable[Path],
    unconfined: str | None = None,
    read: Iterable[str | Path | None] = (),
    write: Iterable[Path] = (),
    left: Left = NOTHING,
    devices: Iterable[Path] = (),
) -> str:
    """The same for FMUs without a site."""
    if unconfined is not None:
        return f"not confined: {unconfined}"
    for module in ("twin.plant.exchange", "twin.plant.measure"):
        # A module looks for its machine code on disk when it loads, and uses what it could rewrite.
        # These two load late; whoever needs others has loaded them, or compiles them each time.
        import_module(module)
    fmus, code = list(fmus), machine_code_folders()
    own = {*fmus, *code, *(Path(path) for path in read if path is not None)}
    # who can change FMUs that came with hukka can change hukka: they may keep machine code as well
    kept = code if came_along(fmus) else ()
    written = (Path(tempfile.gettempdir()), *write, *kept)
    return confine(Allowed(tuple(sorted(own)), written, tuple(devices), left))
