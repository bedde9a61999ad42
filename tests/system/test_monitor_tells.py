"""A monitor beside a bench: limits and lost links are told over a webhook, each once."""

import json
import os
import signal
from pathlib import Path

import pytest
from free_ports import free_port
from monitor_desk import desk, plant
from tell_made import hook_server

from hil.alarms import AlarmReader

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are killed as POSIX has it")

ALARMS = """
links: {delay_on: 1 s, delay_off: 1 s, priority: low}
limits:
  supply_warm:
    signal: cooling_loop.T_supply
    above: 250 K
    deadband: 0.5 K
    delay_on: 2 s
    priority: high
    text: this plant is always so
"""


def heard(server, count):
    """Wait until so many messages have come; (what, cause) of each, and their keys."""
    with server.news:
        assert server.news.wait_for(lambda: len(server.got) >= count, 60), server.got
        told = [data for _, _, data in server.got]
    return [(data["what"], data["cause"]) for data in told], [data["key"] for data in told]


@pytest.mark.timeout(300)
def test_people_hear_of_limits_and_lost_links_once(tmp_path: Path):
    data, port = tmp_path / "data", free_port()
    data.mkdir()
    (data / "alarms.yaml").write_text(ALARMS, "utf-8")
    told = {"kind": "webhook", "url": f"http://127.0.0.1:{port}/", "language": "fi"}
    (data / "tell.yaml").write_text(json.dumps({"channels": {"hook": told}}), "utf-8")
    with (
        plant(tmp_path / "plant") as running,
        hook_server(port) as server,
        desk(running, data) as monitor,
    ):
        place = monitor.until("watches")
        assert heard(server, 1)[0] == [("raised", "supply_warm")]
        tell = next(
            pid
            for pid in monitor.children()
            if b"hil.tell.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
        )
        os.kill(tell, signal.SIGKILL)
        running.wires["hp_line"].pull()
        monitor.until("courier is back", place)
        assert heard(server, 2)[0][1] == ("raised", "link lost: heat_pump")
        running.wires["hp_line"].plug()
        what, keys = heard(server, 3)
        assert what[2] == ("returned", "link lost: heat_pump")
        assert len(set(keys)) == len(keys) == 3
        assert "yhteys poikki: heat_pump" in server.got[1][2]["text"]
        monitor.end()
    with AlarmReader(data / "desk.sqlite") as reader:
        rows = {row.cause: row for row in reader.rows()}
    assert rows["supply_warm"].state == "unacknowledged"
    assert rows["supply_warm"].text == "above 250 K; this plant is always so"
    assert rows["link lost: heat_pump"].state == "returned to normal, unacknowledged"
