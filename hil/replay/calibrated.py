"""A site with the parameters that commissioning has calibrated; it imports nothing heavy."""

from pathlib import Path

from twin.diagnosis.learned_file import parameters_in
from twin.errors import BadInput
from twin.observers.calibration import with_values
from twin.site.model import Site


def as_learned(site: Site, path: Path) -> Site:
    """The site with the parameters that `hukka twin fit` has calibrated.

    Raises:
        BadInput: the file is missing, is no such file, or names what the site does not calibrate.
    """
    values = parameters_in(read_learned(path), str(path))
    calibrated = {f"{part}.{n}" for part, of in site.twin.items() for n in of.calibrate}
    for name in values:
        if name not in calibrated:
            raise BadInput(f"{path}: {name} is not calibrated at {site.site}: it is another site's")
    return with_values(site, values)


def read_learned(path: Path) -> bytes:
    """The file that `hukka twin fit` wrote.

    Raises:
        BadInput: it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        rule = "`hukka twin fit` makes it from weeks without a fault"
        raise BadInput(f"{path}: {error.strerror or error}; {rule}") from None
