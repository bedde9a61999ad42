"""Clients and servers against anything: a quick round here; `million.py` runs the long one."""

import pytest
from fuzz_peers import check_of, fits, frames_in
from fuzz_targets import QUESTIONS, TARGETS, UNIT, reply_to
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st


@pytest.fixture(scope="module", params=TARGETS)
def target(request):
    made = TARGETS[request.param]()
    yield made
    if hasattr(made, "server"):
        made.server.close()
    if getattr(made, "client", None):
        made.client.close()


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.binary(min_size=1, max_size=150))
def test_anything_may_arrive(target, data):
    target(data)


def test_what_is_right_is_accepted(target):
    before = target.accepted
    for i in range(len(QUESTIONS)):
        target(bytes((i, 0x40)))
    assert target.accepted >= before + 5  # the device does not have every place that is asked


def test_the_oracles_know_right_from_wrong():
    assert check_of(bytes.fromhex("01 04 02 ff ff")) == bytes.fromhex("b8 80")
    body = bytes((UNIT,)) + QUESTIONS[0]
    assert body in frames_in(b"\x00\x01" + body + check_of(body) + b"\x07")
    for request in QUESTIONS:
        assert fits(request, reply_to(request))
        assert not fits(request, reply_to(request)[:-1])


@pytest.mark.parametrize(
    ("end", "place"),
    [
        ("rtu_client", "hil.links.rtu_frame._sealed"),
        ("rtu_server", "hil.links.rtu_frame._sealed"),
        ("tcp_client", "hil.links.pdu.check_reply"),
    ],
)
def test_a_planted_mistake_is_found(monkeypatch, end, place):
    monkeypatch.setattr(place, lambda *_: True)
    target = TARGETS[end]()
    wrong = [bytes((i, 0x22, at, 0x40)) for i in range(len(QUESTIONS)) for at in range(20)]
    assert any(fails(target, data) for data in wrong)


def fails(target, data):
    try:
        target(data)
    except AssertionError:
        return True
    return False
