"""What a channel is to its courier: somebody who takes a message, or says why not."""

import os
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from hil.tell.sections import Secret

TIMEOUT_S = 10.0
"""Nobody is waited for longer [s]."""


@dataclass(frozen=True)
class Message:
    """What is said, once: whoever gets it twice sees the same `key`."""

    key: str
    subject: str
    text: str
    data: dict[str, Any]
    """The same for machines."""
    to: tuple[str, ...] = ()
    """Who has still to get it, where others have it already; empty: all that the channel tells."""


class NotSent(Exception):
    """A message was not taken, or it is not known whether it was."""

    def __init__(self, why: str, refused: bool = False, left: tuple[str, ...] = ()) -> None:
        super().__init__(why)
        self.refused = refused
        """Whether this message was refused, rather than the other end not reached."""
        self.left = left
        """Who has not got it, where others have."""


class Sender(Protocol):
    """The thin end of a channel."""

    def send(self, message: Message, now_ns: int) -> str:
        """Hand it over; what was answered.

        Raises:
            NotSent: it is to be tried again.
        """
        ...


@dataclass(frozen=True)
class Guarded:
    """A sender that says of whatever its settings are wrong in that nothing was sent.

    What cannot be written in the other end's protocol is a ValueError in many places of it.
    """

    sender: Sender

    def send(self, message: Message, now_ns: int) -> str:
        """As `Sender`."""
        try:
            return self.sender.send(message, now_ns)
        except UnicodeError as error:  # whose own words show a piece of the secret
            wanted = getattr(error, "encoding", "valid")
            raise NotSent(f"an address, a user or a secret is not {wanted}") from None
        except ValueError as error:
            raise NotSent(f"cannot be used: {error}") from None


def secret_of(secret: Secret, folder: Path) -> str:
    """The password itself; NotSent says where it was looked for."""
    if secret.env is not None:
        found = os.environ.get(secret.env)
        if not found:
            raise NotSent(f"the variable {secret.env} of the environment is not set")
        return found
    path = folder / str(secret.file)
    try:
        found = path.read_text("utf-8").strip()
    except OSError as error:
        raise NotSent(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise NotSent(f"{path}: is not UTF-8") from None
    if not found:
        raise NotSent(f"{path}: is empty")
    return found


def tls_of(ca: str | None, folder: Path) -> ssl.SSLContext:
    """Trust of a channel: the system's, or the authorities in a file; NotSent if that is bad."""
    try:
        return ssl.create_default_context(cafile=None if ca is None else str(folder / ca))
    except (OSError, ssl.SSLError) as error:
        raise NotSent(f"{ca}: {error}") from None
