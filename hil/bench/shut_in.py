"""What a process that hosts a site's FMUs may still reach, once it has read the site."""

import tempfile
from collections.abc import Iterable
from importlib import import_module
from pathlib import Path

from twin.confine import Allowed, confine
from twin.site import Site


def shut_in(
    site: Site,
    unconfined: str | None = None,
    read: Iterable[str | Path | None] = (),
    write: Iterable[Path] = (),
) -> str:
    """Shut this process in, unless the user said why not; a sentence of what came of it.

    It may read the site, its FMUs and `read`, and write its folder for temporary files and `write`.
    """
    if unconfined is not None:
        return f"not confined: {unconfined}"
    for module in ("twin.plant.exchange", "twin.plant.measure"):
        # a module looks for its machine code on disk when it loads, and uses what it could rewrite
        import_module(module)
    own = {site.document.path.absolute().parent, *map(site.fmu_path, site.plant.parts)}
    own |= {Path(path) for path in read if path is not None}
    return confine(Allowed(tuple(sorted(own)), (Path(tempfile.gettempdir()), *write)))
