"""A disk that takes nothing for a while: samples, limits and news of the twin survive it."""

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from test_keeper import BEGAN, FOREVER, Rings, S, event, keeping, kept, news, taken

from hil.alarms import AlarmReader
from hil.historian.run_folder import COMMIT_ROWS
from hil.monitor.rows import TWIN
from twin.site import load_site

HOT = """
limits:
  too_hot:
    signal: cooling_loop.T_supply
    above: 40 degC
    deadband: 1 K
    delay_on: 10 s
    priority: high
"""


@pytest.fixture
def disk(tmp_path: Path):
    """A small disk of its own."""
    if sys.platform != "linux" or os.geteuid() != 0:
        pytest.skip("mounts a disk, which takes root on Linux")
    there = tmp_path / "disk"
    there.mkdir()
    order = ["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", str(there)]
    mounted = subprocess.run(order, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"no mount here: {mounted.stderr.strip()}")
    yield there
    subprocess.run(["umount", there], check=True)


def fill_up(path: Path) -> None:
    """Take the last byte that there is."""
    with path.open("ab", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            try:
                while True:
                    file.write(b"\x55" * size)
            except OSError:
                continue


def put(rings: Rings, since: int, until: int, value: float) -> None:
    for t_s in range(since, until):
        rings.put(t_s, value=value)


@pytest.mark.parametrize("alone", [True, False], ids=["alarms' disk", "whole disk"])
def test_what_came_while_the_disk_was_full_is_kept(disk: Path, tmp_path: Path, alone: bool):
    """`alone`: only the journal of alarms is on the full disk, and samples go on."""
    folder, filler = (tmp_path / "data", disk / "filler") if alone else (disk / "data", disk / "f")
    folder.mkdir()
    (folder / "alarms.yaml").write_text(HOT, "utf-8")
    if alone:
        (folder / "desk.sqlite").symlink_to(disk / "desk.sqlite")
    site = load_site("mantsala")
    rings = Rings(site)
    with closing(keeping(folder, site, rings)) as keeper:
        put(rings, 0, 30, 300.0)
        taken(keeper)
        keeper.commit()
        assert keeper.trouble == ""
        for _ in range(2):  # the ballast, if there is one, goes first
            fill_up(filler)
            (folder / "ballast").unlink(missing_ok=True)
        put(rings, 30, 60, 320.0)
        taken(keeper)
        keeper.news(news(61, event(1), still=[1]))
        keeper.links(BEGAN + 62 * S, {"heat_pump": "no answer"})
        assert "full" in keeper.trouble
        assert keeper.asking() == 0
        keeper.commit()
        put(rings, 60, 90, 320.0)
        taken(keeper)
        keeper.commit()
        assert keeper.trouble
        if alone:
            assert kept(folder)[0] == [t * S for t in range(90)]
        filler.unlink()
        keeper.commit()
        taken(keeper)
        keeper.commit()
        assert keeper.trouble == ""
        assert keeper.asking() == 2  # the limit, after its delay, and what the twin has found
    assert kept(folder)[0] == [t * S for t in range(90)]
    with AlarmReader(folder / "desk.sqlite") as reader:
        raised = [line.after.key for _, line in reader.after(0) if line.asks]
        assert sorted(raised) == ["heat_pump/heat_pump.condenser_fouling", "limit:too_hot"]
        first = min(line["t_ns"] for line in reader.history(0, FOREVER))
    assert first == BEGAN + 40 * S  # by the clock of its rows, not by that of the disk


def test_what_the_writer_could_not_commit_by_itself_is_kept_and_judged(disk: Path):
    """It commits while it takes rows, where many come at once."""
    folder, filler, count = disk / "data", disk / "filler", COMMIT_ROWS + 300
    folder.mkdir()
    (folder / "alarms.yaml").write_text(HOT, "utf-8")
    site = load_site("mantsala")
    rings = Rings(site)
    with closing(keeping(folder, site, rings)) as keeper:
        for _ in range(2):
            fill_up(filler)
            (folder / "ballast").unlink(missing_ok=True)
        put(rings, 0, count, 320.0)
        for t_s in range(count):
            rings.predict(t_s, 20.0)
        taken(keeper)
        assert "recording stopped" in keeper.trouble
        filler.unlink()
        for _ in range(2):
            keeper.commit()
            taken(keeper)
        keeper.commit()
        assert (keeper.trouble, keeper.asking()) == ("", 1)
        assert rings.measured.taken == rings.predicted.taken == count
    everything = [t * S for t in range(count)]
    assert kept(folder)[0] == everything
    assert kept(folder, TWIN)[0] == everything
    with AlarmReader(folder / "desk.sqlite") as reader:
        (line,) = reader.history(0, FOREVER)
    assert line["t_ns"] == BEGAN + 10 * S
