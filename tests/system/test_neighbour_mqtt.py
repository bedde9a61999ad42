"""Every sample reaches a consumer once: a broker that is gone for an hour, lines that are cut."""

import numpy as np
import pytest
from mqtt_proxy import CuttingProxy
from neighbour_desk import NS, T0_NS, Broker, Consumer, Desk, until

SETTINGS = """\
mqtt:
  broker: mqtt://127.0.0.1:{port}
  prefix: plants/hukka
  batch_rows: 60
"""


@pytest.fixture
def broker(tmp_path):
    with Broker(tmp_path / "broker") as made:
        yield made


@pytest.fixture
def consumer(broker):
    made = Consumer(broker.port)
    yield made
    made.close()


def all_there(desk: Desk, consumer: Consumer) -> bool:
    rows = {stream: len(rows) for stream, rows in desk.written.items()}
    return consumer.hears(lambda: all(consumer.count(s) >= n for s, n in rows.items()))


def test_a_broker_that_is_gone_for_an_hour(tmp_path, broker, consumer):
    with Desk(tmp_path, SETTINGS.format(port=broker.port)) as desk:
        desk.start()
        desk.says(connected=True)
        desk.record(30, first=0)
        until(lambda: all_there(desk, consumer), "the first rows")
        broker.kill()
        consumer.close()
        said = desk.says(connected=False)
        assert f"mqtt://127.0.0.1:{broker.port}: " in said["trouble"]
        for minute in range(60):
            desk.record(60, first=30 + 60 * minute)
        broker.start()
        consumer.connect()
        desk.says(connected=True)
        until(lambda: all_there(desk, consumer), "an hour of rows")
        assert consumer.rows == desk.written
        assert consumer.lost == []
        assert desk.says(behind_s=0.0)["trouble"] == ""


def test_lines_that_are_cut_before_the_broker_confirms(tmp_path, broker, consumer):
    """The rows of each confirmation that is cut off come twice, and are taken once."""
    with (
        CuttingProxy(broker.port, cuts=3) as proxy,
        Desk(tmp_path, SETTINGS.format(port=proxy.port)) as desk,
    ):
        desk.start()
        desk.record(600, first=0)
        until(lambda: all_there(desk, consumer), "ten minutes of rows")
        assert consumer.rows == desk.written
    assert proxy.cut == 3
    assert consumer.repeated == 3
    assert consumer.lost == []


def test_a_worker_that_is_killed_goes_on_where_it_was(tmp_path, broker, consumer):
    with Desk(tmp_path, SETTINGS.format(port=broker.port)) as desk:
        desk.start()
        desk.record(300, first=0)
        until(lambda: consumer.hears(lambda: consumer.count("measured") >= 60), "some rows")
        desk.stop(kill=True)
        until(
            lambda: consumer.hears(lambda: consumer.retained["status"]["online"] is False),
            "the last will",
        )
        assert "since" not in consumer.retained["status"]  # nobody knows when
        desk.record(300, first=300)
        desk.start()
        until(lambda: all_there(desk, consumer), "the rest")
        assert consumer.rows == desk.written
        assert consumer.lost == []
        assert consumer.repeated <= 1


def test_what_the_newest_values_and_the_status_look_like(tmp_path, broker, consumer):
    with Desk(tmp_path, SETTINGS.format(port=broker.port)) as desk:
        desk.start()
        desk.record(51, first=0)  # the last row lacks its first value
        topic = "value/heat_pump/T_sink_out/measured"
        until(lambda: consumer.hears(lambda: topic in consumer.retained), "a value")
        until(lambda: all_there(desk, consumer), "the rows")
        assert consumer.retained[topic] == {
            "t": str(np.datetime64((T0_NS + 50 * NS) // 10**6, "ms")) + "Z",
            "value": None,
            "unit": "K",
            "quality": "timeout",
        }
        command = consumer.retained["value/heat_pump/u_compressor/command"]
        assert (command["unit"], command["quality"]) == ("-", "good")
        assert command["value"] == desk.written["measured"][-1][1][1]
        assert consumer.retained["status"]["online"] is True
        late = Consumer(broker.port)  # retained: whoever comes later knows at once
        until(lambda: late.hears(lambda: topic in late.retained), "a retained value")
        late.close()
        consumer.connect()
        desk.stop()
        until(lambda: consumer.hears(lambda: not consumer.retained["status"]["online"]), "its end")
        assert "since" in consumer.retained["status"]


@pytest.mark.parametrize(("begin", "rows"), [("now", 10), ("beginning", 40)])
def test_where_the_first_start_begins(tmp_path, broker, consumer, begin, rows):
    settings = SETTINGS.format(port=broker.port) + f"  begin: {begin}\n"
    with Desk(tmp_path, settings) as desk:
        desk.record(30, first=0)
        desk.start()
        desk.says(connected=True)
        desk.record(10, first=30)
        until(lambda: consumer.hears(lambda: consumer.count("twin") >= rows), "rows")
        until(lambda: consumer.hears(lambda: consumer.count("measured") >= rows), "rows")
        assert consumer.rows["measured"] == desk.written["measured"][-rows:]
