"""A mail that a server took for some people alone: the others get it later, and only they."""

from contextlib import closing

import pytest
from free_ports import free_port
from tell_desk import TellDesk
from tell_made import channels, mail, mail_server

DUTY, BOSS = "duty@example.org", "boss@example.org"
LATER, NEVER = "450 4.2.0 greylisted, try again", "550 no such user"


@pytest.fixture
def at_desk(tmp_path):
    port = free_port()

    def make(**told):
        return closing(TellDesk(tmp_path, channels(duty=mail(port, to=[DUTY, BOSS], **told))))

    with mail_server(port) as box:
        yield make, box


def test_who_is_greylisted_gets_it_when_the_server_lets_him(at_desk):
    make, box = at_desk
    box.refuses[BOSS] = LATER
    with make() as desk:
        desk.raised(1)
        report = desk.turn(10)["duty"]
        assert (report.said, report.waiting) == (0, 1)
        assert report.trouble == f"taken for {DUTY}; {BOSS} refused: {LATER}"
        desk.turn(60)
        assert box.to == [[DUTY]]
        box.refuses.clear()
        assert desk.turn(60)["duty"].waiting == 0
        assert desk.turn(4000)["duty"].trouble == ""
    assert box.to == [[DUTY], [BOSS]]
    first, second = box.mails
    ids = [line for mail in box.mails for line in mail.splitlines() if "Message-ID" in line]
    assert len(set(ids)) == 1  # whoever has both boxes sees one mail
    assert f"To: {DUTY}, {BOSS}" in first
    assert f"To: {DUTY}, {BOSS}" in second


@pytest.mark.parametrize("answer", [LATER, NEVER])
def test_nobody_waits_for_who_is_refused(at_desk, answer):
    make, box = at_desk
    box.refuses[BOSS] = answer
    with make() as desk:
        for number in (1, 2, 3):
            desk.raised(number)
            assert desk.turn(400)["duty"].waiting == number
    assert box.to == [[DUTY]] * 3


def refused_once(at_desk):
    """One was told of an alarm and the other refused, who is taken from now on."""
    make, box = at_desk
    box.refuses[BOSS] = NEVER
    with make() as desk:
        desk.raised(1)
        desk.turn(10)
    box.refuses.clear()
    return make, box


def test_who_was_refused_is_tried_after_a_restart_too(at_desk):
    make, box = refused_once(at_desk)
    with make() as desk:
        assert desk.turn(3600)["duty"].said == 0
        assert desk.turn(20)["duty"].said == 1
    assert box.to == [[DUTY], [BOSS]]


def test_a_person_who_left_the_file_is_told_no_more(at_desk, tmp_path):
    _, box = refused_once(at_desk)
    with closing(TellDesk(tmp_path, channels(duty=mail(free_port(), to=[DUTY])))) as desk:
        assert desk.turn(3620)["duty"].waiting == 0
    assert box.to == [[DUTY]]


def test_what_is_repeated_does_not_pile_up_for_who_is_refused(at_desk):
    make, box = at_desk
    box.refuses[BOSS] = NEVER
    with make(repeat="10 min") as desk:
        desk.raised(1)
        reports = [desk.turn(60)["duty"] for _ in range(61)]
        assert {report.waiting for report in reports} == {1}
        assert BOSS in reports[-1].trouble
        assert len(box.mails) == 7
        box.refuses.clear()
        desk.acknowledged(1)
        assert desk.turn(3600)["duty"].waiting == 0
    assert box.to == [[DUTY]] * 7 + [[BOSS]]


def test_what_is_tried_again_and_again_holds_up_nothing_new(at_desk):
    make, box = at_desk
    box.refuses[BOSS] = NEVER
    with make(returned=False) as desk:
        for number in range(1, 31):
            desk.raised(number)
            desk.turn(300)
            desk.acknowledged(number)
        desk.now += 2 * 3_600_000_000_000  # all of them are due again
        desk.raised(31)
        desk.turn(1)
        assert "fault31" in box.mails[-1]
    assert box.to == [[DUTY]] * 31


def test_all_refused_is_as_it_was(at_desk):
    make, box = at_desk
    box.refuses = {DUTY: LATER, BOSS: NEVER}
    with make() as desk:
        desk.raised(1)
        assert desk.turn(1)["duty"].waiting == 1
        box.refuses.clear()
        assert desk.turn(11)["duty"].waiting == 0
    assert box.to == [[DUTY, BOSS]]
