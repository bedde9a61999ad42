"""What commissioning has learned of a site, read back for it."""

from pathlib import Path

from hil.replay.watching import Watching
from twin.diagnosis.learned import Learned
from twin.diagnosis.learned_file import from_bytes
from twin.diagnosis.settings import Settings
from twin.errors import BadInput


def known_of(watching: Watching, path: Path) -> Learned:
    """The file that `hukka twin fit` wrote.

    Raises:
        BadInput: it is missing or does not belong to this site.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        rule = "`hukka twin fit` makes it from weeks without a fault"
        raise BadInput(f"{path}: {error.strerror or error}; {rule}") from None
    return from_bytes(data, watching.plant, Settings(), watching.site_hash, str(path))
