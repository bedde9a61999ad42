"""`hukka monitor` beside a bench: everything real, and processes that are killed."""

import os
import signal
import socket
import subprocess
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest
from monitor_desk import ENVIRONMENT, HUKKA, Plant, desk, plant

from hil.historian.weeks import Rows, Weeks
from hil.monitor.health import HealthReader
from twin.clock import NS_PER_S, monotonic_ns
from twin.signals import Quality

FOREVER = (1 << 63) - 1
LOST = "heat_pump.T_condensing:measured"
KEPT = "cooling_loop.T_supply:measured"

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are killed as POSIX has it")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory):
    with plant(tmp_path_factory.mktemp("plant")) as made:
        yield made


def kept(data: Path, stream: str = "measured") -> Rows:
    with Weeks(data / "weeks") as weeks:
        blocks = list(weeks.rows(stream, 0, FOREVER))
    return Rows(
        blocks[0].keys,
        np.concatenate([b.t_ns for b in blocks]),
        np.concatenate([b.values for b in blocks]),
        np.concatenate([b.quality for b in blocks]),
    )


def goods(rows: Rows, key: str) -> np.ndarray:
    """bool[n], whether what is kept of a signal is good."""
    return rows.quality[:, rows.keys.index(key)] == Quality.GOOD


def gaps(data: Path) -> list[tuple[int, int, str]]:
    with Weeks(data / "weeks") as weeks:
        return [(g.from_ns, g.to_ns, g.why) for g in weeks.gaps(0, FOREVER)]


def is_whole(data: Path) -> None:
    """Rows are on whole seconds, none is missing that no gap tells of."""
    t_ns = kept(data).t_ns
    assert not (t_ns % NS_PER_S).any()
    holes = np.flatnonzero(np.diff(t_ns) != NS_PER_S)
    told = [(a, b) for a, b, _ in gaps(data)]
    assert [(int(t_ns[i]), int(t_ns[i + 1])) for i in holes] == told


def hukka(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*HUKKA, *map(str, words)], env=ENVIRONMENT, capture_output=True, text=True, check=False
    )


def refused(*words: object) -> str:
    done = hukka("monitor", *words, "--no-page", "--duration", "60s")
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_plant_is_read_and_never_written(running: Plant, tmp_path: Path):
    data = tmp_path / "data"
    with desk(running, data) as monitor:
        monitor.until("watches")
        said = refused(running.site, *running.options, "--data", data)
        assert f"process {monitor.process.pid} monitors into this folder" in said
        monitor.look(lambda: kept_until(data) >= 8)
        told = HealthReader(data).read()
        assert told is not None
        assert [link.name for link in told.health.links if link.up] == [
            "cooling_loop", "heat_pump", "network",
        ]  # fmt: skip
        assert all(process.up for process in told.health.processes)
        began_ns = monotonic_ns()
        summary = monitor.end()
        assert monotonic_ns() - began_ns < 5 * NS_PER_S
    rows = kept(data)
    assert summary["rows"] == len(rows) >= 8
    assert summary["restarts"] == dict.fromkeys(summary["restarts"], 0)
    assert (summary["gaps"], summary["unread"]) == (0, [])
    assert (rows.quality[-1] == Quality.GOOD).all()
    supply = rows.values[:, rows.keys.index(KEPT)]
    assert ((supply > 280.0) & (supply < 330.0))[-1]
    soil = rows.values[:, rows.keys.index("district_network.T_soil:measured")]
    assert soil[-1] == pytest.approx(279.15)
    predicted = kept(data, "twin")
    assert set(predicted.t_ns) <= set(rows.t_ns)
    assert np.isfinite(predicted.values[-1]).all()
    is_whole(data)
    for wire in running.wires.values():
        assert wire.functions
        assert wire.functions <= {1, 2, 3, 4}


def kept_until(data: Path, stream: str = "measured") -> int:
    """Rows on disk by now."""
    if not list((data / "weeks").glob("*.sqlite")):
        return 0
    with Weeks(data / "weeks") as weeks:
        if stream not in weeks.streams():
            return 0
        return sum(len(b) for b in weeks.rows(stream, 0, FOREVER))


def test_whoever_is_killed_comes_back_and_no_row_is_lost(running: Plant, tmp_path: Path):
    data = tmp_path / "data"
    with desk(running, data) as monitor:
        place = monitor.until("watches")
        for name in ("keeper", "twin", "link", "loop"):
            pid = next(pid for pid, does in monitor.children().items() if does == name)
            os.kill(pid, signal.SIGKILL)
            ended = monitor.until("SIGKILL", place)
            seat = monitor.said[ended - 1].split(" ended: ")[0].split(" ", 2)[2]
            assert seat.startswith(name)
            place = monitor.until(f"{seat} is back", ended)
        left = monitor.children()
        assert len(left) == 6
        summary = monitor.end()
    assert sum(summary["restarts"].values()) == 4
    assert {summary["restarts"][n] for n in ("keeper", "twin", "loop")} == {1}
    assert not any(Path(f"/proc/{pid}").exists() for pid in left)
    is_whole(data)
    # a second of pause and start may fall between two rows
    assert {why for _, _, why in gaps(data)} <= {"the loop had to be started again"}
    assert summary["rows"] == len(kept(data))
    assert len(kept(data, "twin")) >= len(kept(data)) - 2  # the last ones were not predicted yet


def test_a_controller_without_a_wire_costs_nobody_else_a_row(running: Plant, tmp_path: Path):
    data = tmp_path / "data"
    with desk(running, data) as monitor:
        place = monitor.until("watches")
        running.wires["hp_line"].pull()
        place = monitor.until("heat_pump is lost", place)
        running.wires["hp_line"].plug()
        monitor.until("heat_pump is back", place)
        monitor.look(lambda: goods(kept(data), LOST)[-1])
        summary = monitor.end()
    rows = kept(data)
    lost, other = (goods(rows, key) for key in (LOST, KEPT))
    begun = int(np.flatnonzero(other)[0])
    assert other[begun:].all()
    assert not lost.all()
    assert np.isnan(rows.values[~lost, rows.keys.index(LOST)]).all()
    why = set(rows.quality[begun:, rows.keys.index(LOST)][~lost[begun:]].tolist())
    assert why <= {Quality.LINK_DOWN, Quality.TIMEOUT, Quality.NOT_YET}
    assert (summary["gaps"], sum(summary["restarts"].values())) == (0, 0)
    # T_return is read from two controllers: one of them is enough
    assert goods(rows, "district_network.T_return:measured")[begun + 1 :].all()


def test_a_shell_that_starts_it_in_the_background_can_end_it_by_its_signal(
    running: Plant, tmp_path: Path
):
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a script's `&` does
    try:
        with desk(running, tmp_path / "data") as monitor:
            place = monitor.until("watches")
            monitor.process.send_signal(signal.SIGINT)
            monitor.until("ends: SIGINT", place)
            assert monitor.end()["trouble"] == ""
    finally:
        signal.signal(signal.SIGINT, before)


def test_after_a_power_cut_it_goes_on_where_it_was(running: Plant, tmp_path: Path):
    data = tmp_path / "data"
    with desk(running, data) as monitor:
        monitor.until("watches")
        monitor.look(lambda: min(kept_until(data), kept_until(data, "twin")) >= 3)
        first = monitor.end()
    with desk(running, data) as monitor:
        place = monitor.until("watches")
        assert any("twin goes on from its checkpoint" in said for said in monitor.said[:place])
        rows = kept_until(data)
        monitor.look(lambda: kept_until(data) > rows)
        left = monitor.children()
        monitor.kill()
    deadline_ns = monotonic_ns() + 5 * NS_PER_S
    while any(alive(pid) for pid in left):
        assert monotonic_ns() < deadline_ns, "they have outlived the supervisor"
    rows = kept_until(data)
    with desk(running, data) as monitor:
        monitor.look(lambda: kept_until(data) > rows)
        monitor.end()
    is_whole(data)
    assert [why for _, _, why in gaps(data)] == ["the monitor was not running"] * 2
    assert len(kept(data)) > first["rows"]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_what_cannot_be_is_refused_before_anything_is_read(running: Plant, tmp_path: Path):
    data = ("--data", tmp_path / "data")
    text = running.site.read_text("utf-8")
    wrong = running.site.with_name("wrong.yaml")
    wrong.write_text(text.replace("m_sink: district_network.m_network", "m_sink: nets.m_network"))
    assert "unknown signal 'nets.m_network'" in refused(wrong, *data)
    assert "did you mean 'hp_line'" in refused(running.site, *data, "--at", "hp_lin=tcp://1.2.3.4")
    assert "cannot be written" in refused(running.site, "--data", "/proc/hukka")
    said = refused(running.site, *running.options, *data, "--learned", tmp_path / "nothing")
    assert f"{tmp_path / 'nothing'}" in said
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        page = f"127.0.0.1:{taken.getsockname()[1]}"
        words = (running.site, *running.options, *data, "--page", page, "--duration", "60s")
        done = hukka("monitor", *words)
    assert (done.returncode, page in done.stderr) == (2, True)
    assert "in use" in done.stderr
    said = refused("mantsala", "--data", tmp_path / "other")
    assert "hp_line" in said
    assert "--at hp_line=ADDRESS" in said
    assert not (tmp_path / "other" / "weeks").exists()
