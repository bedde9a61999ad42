"""What a link's health says of late polls and refused addresses: nothing while there are none."""

from hypothesis import given
from hypothesis import strategies as st
from test_master_poll import MAP, Desk

from hil.bench.health import Rounds, health, served
from hil.cli.bench_result import contract
from hil.links.tcp_server import TcpServer
from twin.clock import NS_PER_S

PROMISED = {"transactions", "errors", "p50_us", "p99_us"}
SUMMARY = {
    "site": "x", "duration_s": 1, "cycles": 1, "overruns": 0, "lateness_us": {}, "alarms": [],
    "energy": {}, "kpi": {}, "trace_sha256": "",
}  # fmt: skip


def promised(row):
    """What `--json` says of a link."""
    return contract(SUMMARY | {"links": {"hp": row}})["links"]["hp"]


def test_a_good_link_has_the_promised_keys_only(tmp_path):
    desk = Desk(tmp_path)
    desk.cycle(40)
    assert set(promised(health(desk.master))) == PROMISED


def test_what_a_device_refuses_is_named(tmp_path):
    without = "\n".join(row for row in MAP.splitlines() if not row.startswith("every"))
    desk = Desk(tmp_path, served=without + "\n")
    desk.cycle(2)
    found = promised(health(desk.master))
    assert found["refused_addresses"] == ["ir 1 not to be read"]
    assert set(found) == PROMISED | {"refused_addresses"}


def test_what_a_line_and_a_server_counted_is_said_and_nothing_else(tmp_path):
    desk = Desk(tmp_path)
    desk.cycle(2)
    desk.master.device.timeouts, desk.master.device.link.noise = 2, 7
    found = promised(health(desk.master))
    assert found["counters"] == {"timeouts": 2, "noise": 7}
    server = TcpServer("desk", {}, "127.0.0.1", 0)
    try:
        assert set(promised(served(server, 1, 0, 0, 0))) == PROMISED
        server.stray, server.throttled["192.0.2.7"] = 4, 1
        counts = promised(served(server, 1, 0, 0, 0))["counters"]
    finally:
        server.close()
    assert counts == {"stray": 4, "throttled": 1}


def test_slow_polls_that_come_back_too_late_are_counted(tmp_path):
    """Every read takes 8 s, and ten seconds have room for one: each round is two or three."""
    desk = Desk(tmp_path)
    answer = desk.line.transact

    def slowly(unit, request):
        desk.clock.wait_until(desk.clock.now_ns() + 8 * NS_PER_S)
        return answer(unit, request)

    desk.line.transact = slowly
    desk.cycle(20)
    found = promised(health(desk.master, 1, 2))
    (slow,) = desk.master.slow_polls
    assert slow.late > 5
    assert (found["late"], found["missed"]) == (slow.late + 1, slow.missed + 2)


@given(st.lists(st.integers(0, 5000), min_size=1, max_size=30))
def test_rounds_are_missed_or_made_and_late_by_the_clock(takes_ms):
    """Against a list of all periods, each looked at by itself; a period is 1 s."""
    rounds = Rounds(1000)
    k, now, made, ends = 1, 0, [], []
    for took in takes_ms:
        now = max(now, rounds.begins_ns(k)) + took
        made.append(k)
        ends.append(now)
        k = rounds.following(k, now)
    assert rounds.missed == len(set(range(1, k)) - set(made))
    assert rounds.late == sum(end > 1000 * made[i] + 1500 for i, end in enumerate(ends))
    assert k * 1000 + 1000 > now  # what begins next lies at most half a period back
