"""What commissioning has learned of a site, read back for it."""

from pathlib import Path

from hil.replay.calibrated import read_learned
from hil.replay.watching import Watching
from twin.diagnosis.learned import Learned
from twin.diagnosis.learned_file import from_bytes
from twin.diagnosis.settings import Settings


def known_of(watching: Watching, path: Path) -> Learned:
    """The file that `hukka twin fit` wrote.

    Raises:
        BadInput: it is missing or does not belong to this site.
    """
    data = read_learned(path)
    return from_bytes(data, watching.plant, Settings(), watching.site_hash, str(path))
