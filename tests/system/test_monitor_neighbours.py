"""`hukka monitor` with neighbours: a broker that hears every row, a scraper, and both gone."""

import os
import sys

import httpx
import pytest
from free_ports import free_port
from monitor_desk import desk, plant
from neighbour_desk import Broker, Consumer, until
from prometheus_client.parser import text_string_to_metric_families

from hil.historian.weeks import Weeks
from twin.confine.landlock import landlock_version

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are killed as POSIX has it")


def scraped(page: str) -> dict[str, list]:
    """Samples by name; nothing while nobody answers."""
    try:
        text = httpx.get(f"{page}/metrics").text
    except httpx.TransportError:
        return {}
    found: dict[str, list] = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found.setdefault(sample.name, []).append(sample)
    return found


def test_rows_go_out_and_a_lost_broker_is_told(tmp_path):
    data, port = tmp_path / "data", free_port()
    data.mkdir()
    page = f"http://127.0.0.1:{port}"
    with Broker(tmp_path / "broker") as broker, plant(tmp_path / "plant") as made:
        (data / "neighbours.yaml").write_text(f"mqtt: {{broker: 'mqtt://127.0.0.1:{broker.port}'}}")
        consumer = Consumer(broker.port, root="hukka/mantsala")
        with desk(made, data, "--page", f"127.0.0.1:{port}") as monitor:
            watched = monitor.until("watches")
            said = "\n".join(monitor.said[:watched])
            assert f"mqtt: mqtt://127.0.0.1:{broker.port}" in said
            if sys.platform.startswith("linux") and landlock_version():
                assert "confined: files by Landlock" in said
            until(lambda: consumer.hears(lambda: consumer.count("measured") >= 5), "rows")
            until(lambda: consumer.hears(lambda: consumer.count("twin") >= 5), "predictions")
            until(lambda: "hukka_predicted_celsius" in scraped(page), "metrics")
            told = scraped(page)
            assert {s.labels["controller"] for s in told["hukka_link_up"]} == set(made_of(told))
            up = {s.labels["process"]: s.value for s in told["hukka_process_up"]}
            assert up["mqtt"] == up["twin"] == up["page"] == 1
            broker.kill()
            until(
                lambda: any(
                    note.startswith("mqtt: ") for note in monitor.health()["health"]["notes"]
                ),
                "the trouble in health.json",
            )
            monitor.end()
        consumer.close()
    with Weeks(data / "weeks") as weeks:
        kept = [t for rows in weeks.rows("measured", 0, 1 << 62) for t in rows.t_ns.tolist()]
    heard = [t for t, _ in consumer.rows["measured"]]
    assert heard == kept[: len(heard)]
    assert consumer.lost == []


def made_of(told: dict[str, list]) -> list[str]:
    """Controllers by what was asked of them."""
    return [s.labels["controller"] for s in told["hukka_link_transactions_total"] if s.value > 0]
