"""A line is read and never written; a device that is dead costs its neighbours next to nothing."""

import threading
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from hil.bench.layout import layout_of
from hil.links.address import Address
from hil.links.serving import open_server
from hil.monitor.asking import LOST_NS, Asking
from hil.monitor.link_worker import begins_ns
from hil.monitor.planning import plan
from hil.monitor.sources import Line
from twin.clock import NS_PER_S, Instant, monotonic_ns
from twin.registers import RegisterBank, load_map
from twin.signals import Quality
from twin.site import load_site

S = NS_PER_S


@pytest.fixture(scope="module")
def pump():
    site = load_site("mantsala")
    found = plan(site, layout_of(site), ["hp_line=tcp://127.0.0.1:1"])
    return found.lines[1].sources[0]


@contextmanager
def serving(memories):
    """A server in a thread; its port."""
    server = open_server("plant", Address("tcp", host="127.0.0.1", port=0), memories)
    over = threading.Event()

    def serve():
        while not over.is_set():
            server.poll(monotonic_ns() + S // 50)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield server.port
    finally:
        over.set()
        thread.join()
        server.close()


def line_to(port: int, *sources) -> Line:
    return Line("hp_line", Address("tcp", host="127.0.0.1", port=port, timeout_s=0.1), sources)


def test_a_monitor_asks_with_functions_that_only_read(pump, monkeypatch):
    seen: list[bytes] = []
    register_map = load_map(Path(pump.map))
    bank = RegisterBank(register_map)
    with serving({3: bank}) as port, closing(Asking(line_to(port, pump), S)) as asking:
        transact = asking._link.transact
        monkeypatch.setattr(
            asking._link, "transact", lambda unit, pdu: seen.append(pdu) or transact(unit, pdu)
        )
        for _ in range(5):
            values, quality = asking.read(0)
        assert len(values) == len(quality) == len(pump.taps)
        told = asking.asked[0].plain(monotonic_ns())
    assert {pdu[0] for pdu in seen} <= {1, 2, 3, 4}
    assert told["up"] is True
    assert told["lost"] == ""
    # what nobody has written is no number, and nothing was asked that the device does not have
    assert set(quality) <= {Quality.GOOD, Quality.NO_VALUE}
    assert told["errors"] == 0
    assert told["refused"] == []


def test_a_dead_unit_of_a_line_does_not_slow_the_others(pump):
    dead = replace(pump, name="dead", unit=9)
    bank = RegisterBank(load_map(Path(pump.map)))
    with serving({3: bank}) as port, closing(Asking(line_to(port, dead, pump), S)) as asking:
        took_ns = 0
        for _ in range(40):
            _, lost = asking.read(0)
            began_ns = monotonic_ns()
            _, quality = asking.read(1)
            took_ns = max(took_ns, monotonic_ns() - began_ns)
            assert Quality.TIMEOUT not in quality
            assert Quality.GOOD not in lost
        skipped = asking.asked[0].reading.device.skipped
        now_ns = monotonic_ns()
        assert not asking.asked[1].lost(now_ns)
        assert asking.asked[0].lost(now_ns + LOST_NS)
        assert "dead" in asking.asked[0].plain(now_ns + LOST_NS)["lost"]
    assert skipped > 30  # it is set aside, and asked again now and then
    assert took_ns < S


@pytest.mark.parametrize("period_ns", [S // 10, S, 10 * S])
@pytest.mark.parametrize("share", [0.0, 0.3, 0.5, 0.7, 0.999])
def test_rounds_begin_half_a_period_before_rows(period_ns, share):
    utc_ns = 1_790_000_000 * S + int(share * period_ns)
    now = Instant(5 * S, utc_ns, 7 * S)
    due_ns = utc_ns + begins_ns(now, period_ns) - now.mono_ns
    assert due_ns % period_ns == period_ns // 2
    assert 0 < due_ns - utc_ns <= period_ns
