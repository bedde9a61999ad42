"""Serial lines for the tests of `hukka io`: one with many ears, one that knows its baud rate."""

import os
import pty
import select
import termios
import threading
import tty
from contextlib import contextmanager
from pathlib import Path

from hil.links.pdu import request_length
from hil.links.rtu_frame import seal


@contextmanager
def shared_line(folder: Path, ends: int):
    """Paths of `ends` serial devices on one line: what one sends all others hear."""
    masters, slaves, paths = [], [], []
    for i in range(ends):
        master, slave = pty.openpty()
        tty.setraw(slave)
        os.set_blocking(master, False)
        path = folder / f"end{i}"
        path.symlink_to(os.ttyname(slave))
        masters.append(master)
        slaves.append(slave)
        paths.append(str(path))
    stop_read, stop_write = os.pipe()

    def carry():
        while True:
            ready = select.select([*masters, stop_read], [], [])[0]
            if stop_read in ready:
                return
            for end in ready:
                data = os.read(end, 4096)
                for other in masters:
                    if other != end:
                        os.write(other, data)

    thread = threading.Thread(target=carry)
    thread.start()
    try:
        yield paths
    finally:
        os.write(stop_write, b"x")
        thread.join()
        for descriptor in (*masters, *slaves, stop_read, stop_write):
            os.close(descriptor)


@contextmanager
def baud_aware_slave(folder: Path, baud: int, react):
    """A slave that hears its master only at `baud`: Linux keeps the rate of a pty and tells it.

    At other rates it is silent, but for a burst of garbage at half and double the rate.
    """
    master, slave = pty.openpty()
    tty.setraw(slave)
    path = folder / "line"
    path.symlink_to(os.ttyname(slave))
    stop_read, stop_write = os.pipe()
    rates = {getattr(termios, f"B{rate}"): rate for rate in (9600, 19200, 38400, 57600, 115200)}

    def serve():
        stream = b""
        while True:
            ready = select.select([master, stop_read], [], [])[0]
            if stop_read in ready:
                return
            stream += os.read(master, 4096)
            rate = rates.get(termios.tcgetattr(master)[5], 0)
            if rate != baud:
                if rate in (baud // 2, 2 * baud):
                    os.write(master, b"\xf8\x1e\x60\xff")
                stream = b""
                continue
            while (length := request_length(stream[1:])) and len(stream) >= length + 3:
                frame, stream = stream[: length + 3], stream[length + 3 :]
                unit, request = frame[0], frame[1:-2]
                assert frame == seal(unit, request), "the master broke its frame"
                reply = react(unit, request)
                if reply:
                    os.write(master, seal(unit, reply))

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield str(path)
    finally:
        os.write(stop_write, b"x")
        thread.join()
        for descriptor in (master, slave, stop_read, stop_write):
            os.close(descriptor)
