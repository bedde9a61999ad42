"""A serial line read by a monitor for real: an emulated controller on a pty that drops replies."""

import os
import pty
import select
import struct
import threading
import tty
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from desk import Desk as Controller
from free_ports import free_port
from monitor_desk import ROOT, desk

from hil.historian.weeks import Weeks
from hil.links.rtu_frame import crc16, seal
from twin.signals import Quality

pytestmark = pytest.mark.skipif(os.name != "posix", reason="ptys are POSIX")

FOREVER = (1 << 63) - 1
DROPPED = 5
"""Every so many-th reply is lost."""
SIGNALS = ("heat_pump.T_condensing:measured", "heat_pump.m_source:measured")
TRUE = (80.25 + 273.15, 12.5)
WRITTEN = (
    struct.pack(">BHHBh", 16, 6, 1, 2, 8025),
    struct.pack(">BHHB", 16, 8, 2, 4)
    + bytes(
        (0, 0, 0x41, 0x48)  # 12.5 as float32 with its low word first
    ),
)
"""What sensors have told the controller: T_condensing [0.01 degC] and m_source [kg/s]."""


@dataclass
class Cable:
    """Joins a controller's line and the monitor's, and notes what the monitor asks for."""

    functions: set[int] = field(default_factory=set)
    asked: int = 0
    dropped: int = 0
    cut: bool = False

    def request(self, frame: bytes) -> bytes:
        """On its way to the controller: one read, whole."""
        assert len(frame) == 8
        assert crc16(frame) == 0, "the monitor broke its frame"
        self.asked += 1
        self.functions.add(frame[1])
        return frame

    def reply(self, data: bytes) -> bytes:
        """On its way to the monitor, in whatever pieces."""
        if self.cut or self.asked % DROPPED == 0:
            self.dropped += 1
            return b""
        return data


@contextmanager
def joined(far: Path, near: Path):
    """A cable from the line at `far` to a new one at `near`."""
    cable = Cable()
    port, line = pty.openpty()
    tty.setraw(line)
    near.symlink_to(os.ttyname(line))
    controller = os.open(far, os.O_RDWR | os.O_NOCTTY)
    tty.setraw(controller)
    stop, tell = os.pipe()
    for request in WRITTEN:
        os.write(controller, seal(3, request))
        assert select.select([controller], [], [], 10)[0], "the controller does not answer"
        assert os.read(controller, 8) == seal(3, request[:5])

    def carry() -> None:
        asked = b""
        while True:
            ready, _, _ = select.select([port, controller, stop], [], [])
            if stop in ready:
                return
            if port in ready:
                asked += os.read(port, 4096)
                while len(asked) >= 8:
                    os.write(controller, cable.request(asked[:8]))
                    asked = asked[8:]
            if controller in ready and (data := cable.reply(os.read(controller, 4096))):
                os.write(port, data)

    thread = threading.Thread(target=carry)
    thread.start()
    try:
        yield cable
    finally:
        os.write(tell, b"x")
        thread.join()
        for descriptor in (port, line, controller, stop, tell):
            os.close(descriptor)


class Site:
    """Mäntsälä, whose heat pump alone is there."""

    site = ROOT / "sites" / "mantsala" / "site.yaml"

    def __init__(self, line: Path) -> None:
        nobody = f"tcp://127.0.0.1:{free_port()}"
        where = {"hp_line": f"rtu:{line}", "site_lan": nobody, "network": nobody}
        self.options = tuple(w for n, at in where.items() for w in ("--at", f"{n}={at}"))


def kept(data: Path) -> tuple[np.ndarray, np.ndarray]:
    """Values and qualities of SIGNALS."""
    with Weeks(data / "weeks") as weeks:
        if "measured" not in weeks.streams():
            return np.empty((0, 2)), np.empty((0, 2))
        blocks = list(weeks.rows("measured", 0, FOREVER, SIGNALS))
    if not blocks:
        return np.empty((0, 2)), np.empty((0, 2))
    return np.concatenate([b.values for b in blocks]), np.concatenate([b.quality for b in blocks])


def test_a_serial_line_that_drops_replies_is_read_and_told_of(tmp_path: Path):
    far, near, data = tmp_path / "far", tmp_path / "near", tmp_path / "data"
    with Controller("heat_pump", "--serial", str(far), "--unit", "3"), joined(far, near) as cable:
        with desk(Site(near), data) as monitor:
            monitor.until("watches")
            monitor.look(lambda: len(kept(data)[0]) >= 15)
            link = next(row for row in monitor.health()["health"]["links"] if row["up"])
            cable.cut = True
            place = monitor.until("heat_pump is lost")
            cable.cut = False
            monitor.until("heat_pump is back", place)
            monitor.end()
        values, quality = kept(data)
    assert (link["name"], link["link"]) == ("heat_pump", "hp_line")
    assert link["transactions"] > link["errors"] > 0
    assert cable.dropped > 0
    assert cable.functions <= {1, 2, 3, 4}
    good = quality == Quality.GOOD
    assert good[:15].mean() > 0.5  # what was dropped has no value, the rest is there
    for k, true in enumerate(TRUE):
        assert values[good[:, k], k] == pytest.approx(true, abs=0.005)
    assert np.isnan(values[~good]).all()
    assert set(np.unique(quality[~good])) <= {Quality.TIMEOUT, Quality.NOT_YET, Quality.LINK_DOWN}
