"""What people changed, in the audit log of the data folder: who, what, from where, with which end.

The page and the `hukka user` commands write to one log, so each line takes its turn.
"""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from hil.gate.audit import AuditLog
from hil.gate.files import turn
from twin.errors import BadInput, HukkaError


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


def change_user(
    folder: Path, event: str, by: str, of: str, do: Callable[[], None], **fields: object
) -> None:
    """Write down that `by` changes user `of`, then `do` it; a refusal is a line more.

    Raises:
        NotWritten: the disk does not take the line; nothing is done.
        BadInput: `do` refused.
    """
    write_down(folder, event, by, of=of, **fields)
    try:
        do()
    except BadInput as refusal:
        write_down(folder, "user_refused", by, of=of, why=str(refusal))
        raise
