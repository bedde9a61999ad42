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
    """Wait until so many messages have come: (what, cause, text) of each.

    A courier that is killed before it has written down that one was taken sends it again: the same
    message, by the same key.
    """

    def told():
        known = {}
        for _, _, data in server.got:
            assert known.setdefault(data["key"], data) == data
        return [(data["what"], data["cause"], data["text"]) for data in known.values()]

    with server.news:
        assert server.news.wait_for(lambda: len(told()) >= count, 60), server.got
        return told()


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
        assert [told[:2] for told in heard(server, 1)] == [("raised", "supply_warm")]
        tell = next(
            pid
            for pid in monitor.children()
            if b"hil.tell.worker" in Path(f"/proc/{pid}/cmdline").read_bytes()
        )
        os.kill(tell, signal.SIGKILL)
        running.wires["hp_line"].pull()
        monitor.until("courier is back", place)
        what, cause, text = heard(server, 2)[1]
        assert (what, cause) == ("raised", "link lost: heat_pump")
        assert "yhteys poikki: heat_pump" in text
        running.wires["hp_line"].plug()
        assert heard(server, 3)[2][:2] == ("returned", "link lost: heat_pump")
        monitor.end()
        assert len(heard(server, 3)) == 3
    with AlarmReader(data / "desk.sqlite") as reader:
        rows = {row.cause: row for row in reader.rows()}
    assert rows["supply_warm"].state == "unacknowledged"
    assert rows["supply_warm"].text == "above 250 K; this plant is always so"
    assert rows["link lost: heat_pump"].state == "returned to normal, unacknowledged"
