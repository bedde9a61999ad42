"""What people changed, in the audit log of the data folder: who, what, from where, with which end.

The page and the `hukka user` commands write to one log, so each line takes its turn.
"""

from contextlib import closing
from pathlib import Path

from hil.gate.audit import AuditLog
from hil.gate.files import turn
from twin.errors import HukkaError


class NotWritten(HukkaError):
    """The audit log cannot be written: then nothing is changed."""


def write_down(folder: Path, event: str, user: str, **fields: object) -> None:
    """Add a line about `user`; it is on disk when this returns.

    Raises:
        NotWritten: the disk does not take it.
    """
    try:
        with turn(folder / "audit.lock"), closing(AuditLog(folder)) as log:
            log.add(event, user=user, **fields)
    except OSError as error:
        why = error.strerror or error
        raise NotWritten(f"{folder}: the audit log cannot be written: {why}") from None
