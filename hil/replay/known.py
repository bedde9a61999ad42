"""What commissioning has learned of a site, read back for it."""

from pathlib import Path

from hil.replay.watching import Watching
from twin.diagnosis.learned import Learned
from twin.diagnosis.learned_file import from_bytes, parameters_in
from twin.diagnosis.settings import Settings
from twin.errors import BadInput
from twin.observers.calibration import with_values
from twin.site.model import Site


def as_learned(site: Site, path: Path) -> Site:
    """The site with the parameters that `hukka twin fit` has calibrated.

    Raises:
        BadInput: the file is missing, is no such file, or names what the site does not have.
    """
    values = parameters_in(_read(path), str(path))
    for name in values:
        if name.partition(".")[0] not in site.plant.parts:
            raise BadInput(f"{path}: {name} is no parameter of {site.site}: it is another site's")
    return with_values(site, values)


def known_of(watching: Watching, path: Path) -> Learned:
    """The file that `hukka twin fit` wrote.

    Raises:
        BadInput: it is missing or does not belong to this site.
    """
    data = _read(path)
    return from_bytes(data, watching.plant, Settings(), watching.site_hash, str(path))


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        rule = "`hukka twin fit` makes it from weeks without a fault"
        raise BadInput(f"{path}: {error.strerror or error}; {rule}") from None
