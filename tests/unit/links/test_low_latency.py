"""Low-latency mode: set where a driver has it, said where not. The sysfs here is a folder."""

import os
import sys
from pathlib import Path

import pytest

from hil.links.low_latency import set_low_latency

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="Linux has sysfs")


@pytest.fixture
def terminal():
    """A tty whose driver has no low-latency mode, as a pty's."""
    ends = os.openpty()
    yield ends[1]
    for end in ends:
        os.close(end)


def timer_of(sysfs, name, text):
    folder = sysfs / "bus/usb-serial/devices" / name
    folder.mkdir(parents=True)
    (folder / "latency_timer").write_text(text)
    return folder / "latency_timer"


def test_the_latency_timer_of_an_ftdi_adapter_is_shortened(tmp_path, terminal):
    timer = timer_of(tmp_path, "ttyUSB0", "16\n")
    said = set_low_latency(terminal, "/dev/ttyUSB0", tmp_path)
    assert said == ("ttyUSB0: low latency: latency timer 1 ms", False)
    assert timer.read_text() == "1\n"


def test_a_timer_that_is_short_already_is_left_alone(tmp_path, terminal):
    timer = timer_of(tmp_path, "ttyUSB3", "1\n")
    timer.chmod(0o444)
    before = timer.stat().st_mtime_ns
    assert set_low_latency(terminal, "/dev/ttyUSB3", tmp_path).text.endswith("latency timer 1 ms")
    assert timer.stat().st_mtime_ns == before


def test_a_timer_that_cannot_be_set_is_told_with_the_way_to_do_it(tmp_path, terminal):
    timer = timer_of(tmp_path, "ttyUSB0", "")
    timer.unlink()
    locked = Path("/proc/sys/kernel/cap_last_cap")  # a number that not even root may write
    timer.symlink_to(locked)
    said = set_low_latency(terminal, "/dev/ttyUSB0", tmp_path)
    assert said.delays
    assert f"latency timer {int(locked.read_text())} ms delays every reply" in said.text
    assert f"(as root: echo 1 > {timer})" in said.text


def test_a_device_found_by_its_name_by_id_is_followed_to_its_tty(tmp_path, terminal):
    timer_of(tmp_path, "ttyUSB7", "16\n")
    (tmp_path / "ttyUSB7").touch()
    link = tmp_path / "usb-FTDI_FT232R-if00-port0"
    link.symlink_to(tmp_path / "ttyUSB7")
    assert set_low_latency(terminal, str(link), tmp_path).text.startswith("ttyUSB7: low latency: ")


def test_a_driver_without_the_mode_is_reported(tmp_path, terminal):
    said = set_low_latency(terminal, "/dev/ttyACM0", tmp_path)
    assert said == ("ttyACM0: low latency: the driver has no such mode", True)
