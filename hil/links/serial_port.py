"""A serial device as bytes with deadlines: opened by pyserial, so that every platform has it."""

import errno
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from hil.links.low_latency import Latency, set_low_latency
from hil.links.ready import AWAKE_NS, ready
from twin.clock import NS_PER_S, monotonic_ns

if TYPE_CHECKING:
    import serial

_BAD_SETTINGS: tuple[type[Exception], ...] = (ValueError,)
with suppress(ImportError):  # Windows has no termios, and elsewhere its error is no OSError
    import termios

    _BAD_SETTINGS += (termios.error,)


class Port(Protocol):
    """Bytes out, bytes in until a deadline. A device that is gone raises OSError."""

    def read(self, deadline_ns: int) -> bytes:
        """What has arrived, at least one byte; empty when `deadline_ns` (monotonic) passed."""
        ...

    def write(self, data: bytes) -> None:
        """Send all of `data`; BlockingIOError if the line takes no more."""
        ...

    def close(self) -> None:
        """Give the device back."""
        ...


class FilePort:
    """A port over a non-blocking file descriptor: a tty, or the master end of a pty."""

    def __init__(self, descriptor: int, awake_ns: int = 0) -> None:
        """The last `awake_ns` [ns] of a wait are not slept."""
        self._descriptor = descriptor
        self._awake_ns = awake_ns
        os.set_blocking(descriptor, False)

    def read(self, deadline_ns: int) -> bytes:
        """What has arrived, at least one byte; empty when `deadline_ns` (monotonic) passed."""
        if not ready((self._descriptor,), deadline_ns, self._awake_ns):
            return b""
        try:
            data = os.read(self._descriptor, 4096)
        except BlockingIOError:
            return b""
        if not data:
            raise OSError(errno.EIO, "the device is gone")
        return data

    def write(self, data: bytes) -> None:
        """Send all of `data`; BlockingIOError if the line takes no more."""
        if os.write(self._descriptor, data) < len(data):
            raise BlockingIOError(errno.EAGAIN, "the line takes no more")

    def close(self) -> None:
        """Close the descriptor."""
        os.close(self._descriptor)


class SerialPort:
    """A port over pyserial's own reading and writing, for systems without descriptors of ttys."""

    def __init__(self, device: "serial.Serial") -> None:
        self._device = device

    def read(self, deadline_ns: int) -> bytes:
        """What has arrived, at least one byte; empty when `deadline_ns` (monotonic) passed."""
        waiting = self._device.in_waiting
        if not waiting:
            self._device.timeout = max(0, deadline_ns - monotonic_ns()) / NS_PER_S
        data: bytes = self._device.read(max(1, waiting))
        return data

    def write(self, data: bytes) -> None:
        """Send all of `data`."""
        self._device.write(data)

    def close(self) -> None:
        """Close the device."""
        self._device.close()


class _Owned(FilePort):
    """A descriptor whose pyserial object must live as long, and closes it."""

    def __init__(self, device: "serial.Serial") -> None:
        # 3.5 characters of silence are 1.75 ms and more: a sleep would make them 5 % longer
        super().__init__(device.fileno(), AWAKE_NS)
        self._device = device

    def close(self) -> None:
        self._device.close()


def open_serial(
    path: str,
    baud: int,
    parity: str,
    stop_bits: int,
    tell: Callable[[Latency], None] = lambda latency: None,
) -> Port:
    """Open a serial device for this process alone, in low-latency mode where its driver has it.

    `tell` hears what became of that; nothing of a pty, which has no driver.

    Raises:
        OSError: it is not there, in use, or does not take these settings.
    """
    import serial  # here, because a process that only speaks TCP has no use for it

    if is_pty(path):
        parity, stop_bits = "N", 1  # a pty carries bytes; Linux refuses parity on it
    try:
        device = serial.Serial(
            path, baud, parity=parity, stopbits=stop_bits, timeout=0, exclusive=True
        )
    except _BAD_SETTINGS as error:
        raise OSError(errno.EINVAL, str(error)) from None
    except OSError as error:
        raise _plainly(error) from None
    if os.name == "posix" and not is_pty(path):
        tell(set_low_latency(device.fileno(), path))
    return _Owned(device) if os.name == "posix" else SerialPort(device)


def _plainly(error: OSError) -> OSError:
    """The reason alone: pyserial wraps it into a sentence with the path."""
    if error.errno in (errno.EAGAIN, errno.EACCES) and "exclusively" in str(error):
        return OSError(errno.EBUSY, "in use by another program")
    return error if error.errno is None else OSError(error.errno, os.strerror(error.errno))


def is_pty(path: str) -> bool:
    """Whether `path` leads to a pseudo-terminal, which has neither baud rate nor parity."""
    return Path(path).resolve().is_relative_to("/dev/pts")
