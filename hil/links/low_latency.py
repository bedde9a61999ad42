"""USB adapters that hold characters back: their low-latency mode, set where the driver has it.

An FTDI chip hands over what it has received when 62 bytes are there or its latency timer ends,
16 ms unless told otherwise: longer than a whole transaction at 115200 baud. Linux has two ways to
shorten it: the flag ASYNC_LOW_LATENCY of the serial driver (TIOCSSERIAL), which ftdi_sio answers
by setting the timer to 1 ms, and the file `latency_timer` of the USB serial device in sysfs.
Source: Linux, include/uapi/linux/tty_flags.h, drivers/usb/serial/ftdi_sio.c.
"""

import struct
import sys
from pathlib import Path
from typing import NamedTuple

SYSFS = Path("/sys")
_SERIAL_STRUCT_SIZE = 72
_FLAGS_AT = 16
"""`flags` in struct serial_struct stand behind type, line, port and irq of 4 bytes each."""
_ASYNC_LOW_LATENCY = 1 << 13
_WANTED_MS = 1


class Latency(NamedTuple):
    """What came of asking a driver for low latency, in words, and whether it may hold replies."""

    text: str
    delays: bool


def set_low_latency(descriptor: int, path: str, sysfs: Path = SYSFS) -> Latency:
    """Ask the driver of the open serial device `path` for low latency.

    Never an error: a line works without it, only slower.
    """
    name = Path(path).resolve().name
    flagged = _set_flag(descriptor)
    timer = sysfs / "bus" / "usb-serial" / "devices" / name / "latency_timer"
    before_ms = _read_ms(timer)
    if before_ms is None:
        said = "set in the driver" if flagged else "the driver has no such mode"
        return Latency(f"{name}: low latency: {said}", delays=not flagged)
    if before_ms > _WANTED_MS:
        _write_ms(timer, _WANTED_MS)
    after_ms = _read_ms(timer)
    if after_ms is not None and after_ms > _WANTED_MS:
        how = f"as root: echo {_WANTED_MS} > {timer}"
        said = f"latency timer {after_ms} ms delays every reply and cannot be set ({how})"
        return Latency(f"{name}: {said}", delays=True)
    return Latency(f"{name}: low latency: latency timer {_WANTED_MS} ms", delays=False)


def _set_flag(descriptor: int) -> bool:
    """Set ASYNC_LOW_LATENCY; False where the driver, or the system, does not know it."""
    if sys.platform != "linux":
        return False
    import fcntl
    import termios

    settings = bytearray(_SERIAL_STRUCT_SIZE)
    try:
        fcntl.ioctl(descriptor, termios.TIOCGSERIAL, settings)
        (flags,) = struct.unpack_from("i", settings, _FLAGS_AT)
        struct.pack_into("i", settings, _FLAGS_AT, flags | _ASYNC_LOW_LATENCY)
        fcntl.ioctl(descriptor, termios.TIOCSSERIAL, settings)
    except OSError:
        return False
    return True


def _read_ms(timer: Path) -> int | None:
    try:
        return int(timer.read_text())
    except (OSError, ValueError):
        return None


def _write_ms(timer: Path, value_ms: int) -> None:
    try:
        timer.write_text(f"{value_ms}\n")
    except OSError:
        return  # not ours to write: what is there is read again and told
