"""Files of settings that a monitor can do without, and what it does when one is wrong.

Where somebody is there to mend it, a wrong file is refused before anything begins. Where nobody
is, after a power cut, rows matter more: the plant is recorded, and what is wrong is said.
"""

from contextlib import suppress
from pathlib import Path

from hil.alarms import load_settings
from hil.alarms.settings import FILE, AlarmSettings
from hil.gate.files import replace
from hil.tell.sections import load_tell, settings_file
from twin.errors import BadInput
from twin.site.model import Site

LAST = "alarms.last.yaml"
"""`alarms.yaml` as it was when it was last right, in the data folder."""


def in_use(folder: Path) -> bool:
    """Whether a monitor has recorded into the data `folder` before."""
    return any((folder / "weeks").glob("*.sqlite"))


def wrong_files(folder: Path, site: Site) -> dict[str, str]:
    """`alarms.yaml` and `tell.yaml` of the data `folder` and `site`: what is wrong in them."""
    found = {}
    for name, check in (
        (FILE, lambda: load_settings(alarms_file(folder, site), site)),
        ("tell.yaml", lambda: load_tell(settings_file(folder, site), site)),
    ):
        try:
            check()
        except BadInput as error:
            found[name] = str(error)
    return found


def alarms_file(folder: Path, site: Site) -> Path | None:
    """Limits of this plant: those of the data folder, or those beside the site."""
    found = (folder / FILE, site.folder / FILE)
    return next((path for path in found if path.is_file()), None)


def kept_settings(folder: Path, site: Site) -> tuple[AlarmSettings, str]:
    """Limits and priorities, and what is wrong; then they are those that were right last.

    An alarm of a limit must not end because somebody made a mistake in its file.
    """
    path, last = alarms_file(folder, site), folder / LAST
    try:
        found = load_settings(path, site)
    except BadInput as error:
        with suppress(BadInput):
            if last.is_file():
                return load_settings(last, site), f"{error}: limits are as they were before"
        return AlarmSettings(), f"{error}: there are no limits"
    with suppress(OSError):  # a full disk: the next start keeps it
        content = b"" if path is None else path.read_bytes()
        if not last.exists() or last.read_bytes() != content:
            replace(last, content)
    return found, ""
