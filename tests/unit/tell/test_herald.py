"""What keeps the desk itself from its work: told when it stands, once, and when it is over."""

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.monitor.health import Health, ProcessRow
from hil.monitor.plights import plights
from hil.tell.herald import MOST_WAITING, Herald
from hil.tell.plight import Plight
from hil.tell.sending import NotSent
from hil.tell.wording import Voice, words

S = 1_000_000_000
T0 = 1_790_000_000 * S
WHY = "weeks/2026-W48.sqlite: recording stopped: disk I/O error"
UNKEPT = Plight("unkept", "", WHY)
TWIN = Plight("down", "twin", "ended by SIGKILL")


class Channel:
    """A channel of a desk; each turn is 2 s later."""

    def __init__(self, language="en", after_ns=0):
        self.got, self.away, self.now = [], False, 0
        self.greylisted = []
        """Who gets nothing yet, where the others do."""
        self.tried = 0
        voice = Voice("mantsala", language, UTC, "https://desk.example.org")
        self.herald = Herald(self, voice, after_ns)

    def send(self, message, now_ns):
        if self.away:
            raise NotSent("nobody there")
        self.tried += 1
        if left := [who for who in self.greylisted if not message.to or who in message.to]:
            if not message.to:
                self.got.append(message)
            raise NotSent("450 later", left=tuple(left))
        self.got.append(message)
        return "taken"

    def turn(self, *standing, seconds=2):
        for _ in range(seconds // 2):
            self.now += 2 * S
            self.herald.hear(standing, self.now, T0 + self.now)
            self.herald.turn(self.now, T0 + self.now)

    @property
    def said(self):
        return [(m.data["what"], m.data["kind"], m.data["name"]) for m in self.got]


def test_what_stands_is_told_once_and_its_end():
    channel = Channel()
    channel.turn(UNKEPT, seconds=60)
    assert channel.said == []
    channel.turn(UNKEPT, seconds=3600)
    assert channel.said == [("desk", "unkept", "")]
    channel.turn(seconds=58)
    channel.turn(UNKEPT, seconds=10)
    channel.turn(seconds=60)
    assert channel.said == [("desk", "unkept", ""), ("desk over", "unkept", "")]
    channel.turn(seconds=3600)
    assert len(channel.got) == 2


def test_it_says_what_where_since_when_and_why():
    channel = Channel()
    channel.turn(UNKEPT, seconds=70)
    (message,) = channel.got
    assert message.subject == "[mantsala] HIGH: the desk itself: nothing can be written"
    assert WHY in message.text
    assert "Since: 2026-09-21 14:13" in message.text
    assert "silence is not health" in message.text
    assert "https://desk.example.org/#/health" in message.text
    assert message.data["priority"] == "high"
    assert message.data["why"] == WHY
    assert (message.data["since_ns"], message.data["t_ns"]) == (T0 + 2 * S, T0 + 62 * S)


def test_in_finnish():
    channel = Channel("fi")
    channel.turn(TWIN, seconds=70)
    channel.turn(seconds=70)
    assert [m.subject for m in channel.got] == [
        "[mantsala] KIIREELLINEN: seuranta itse: twin ei ole käynnissä",
        "[mantsala] seuranta itse, ei enää: twin ei ole käynnissä",
    ]


def test_what_comes_and_goes_at_once_is_no_news():
    channel = Channel()
    for _ in range(20):
        channel.turn(TWIN, seconds=50)
        channel.turn(seconds=70)
    assert channel.said == []


def test_what_flickers_is_told_once():
    channel = Channel()
    for _ in range(50):
        channel.turn(TWIN, seconds=20)
        channel.turn(seconds=20)
    assert channel.said == [("desk", "down", "twin")]


def test_a_second_persons_channel_waits_as_long_as_it_says():
    channel = Channel(after_ns=1200 * S)
    channel.turn(UNKEPT, seconds=1200)
    assert channel.said == []
    channel.turn(UNKEPT, seconds=4)
    assert channel.said == [("desk", "unkept", "")]


def test_a_channel_that_is_away_is_told_when_it_is_back():
    channel = Channel()
    channel.away = True
    channel.turn(UNKEPT, TWIN, seconds=600)
    assert channel.herald.trouble == "nobody there"
    assert channel.herald.waiting == 2
    channel.away = False
    channel.turn(UNKEPT, TWIN, seconds=900)
    assert channel.said == [("desk", "unkept", ""), ("desk", "down", "twin")]
    assert (channel.herald.trouble, channel.herald.waiting) == ("", 0)
    assert len({m.key for m in channel.got}) == 2


def test_who_has_not_got_it_gets_it_later_and_nobody_waits_for_that():
    channel = Channel()
    channel.greylisted = ["boss@example.org"]
    channel.turn(UNKEPT, seconds=70)
    channel.turn(UNKEPT, TWIN, seconds=70)
    assert channel.said == [("desk", "unkept", ""), ("desk", "down", "twin")]
    assert (channel.herald.trouble, channel.herald.waiting) == ("450 later", 2)
    assert channel.tried < 12
    channel.greylisted = []
    channel.turn(UNKEPT, TWIN, seconds=300)
    assert [m.to for m in channel.got] == [(), (), *[("boss@example.org",)] * 2]
    assert (channel.herald.trouble, channel.herald.waiting) == ("", 0)


def test_what_waits_is_bounded():
    channel = Channel()
    channel.away = True
    for number in range(2 * MOST_WAITING):
        channel.turn(Plight("down", f"line {number}", "ended"), seconds=130)
    assert channel.herald.waiting == MOST_WAITING


@given(st.lists(st.booleans(), max_size=400))
def test_begin_and_end_take_turns(standing):
    channel = Channel()
    for stands in standing:
        channel.turn(*[TWIN] * stands, seconds=10)
    said = [what for what, *_ in channel.said]
    assert said == ["desk", "desk over"] * (len(said) // 2) + ["desk"] * (len(said) % 2)
    if len(standing) >= 7 and all(standing[-7:]):
        assert said[-1:] == ["desk"]
    if len(standing) >= 6 and not any(standing[-6:]):
        assert said[-1:] != ["desk"]


@pytest.mark.parametrize("language", ["en", "fi"])
def test_words_are_there_for_all(language):
    for kind in ("unkept", "down"):
        assert words(language)[f"desk.{kind}"]
        assert words(language)[f"desk.{kind} means"]


def health(*processes):
    return Health([], processes, {}, 0, 0, 0.0, 1, 1, None, [], {})


def test_a_healthy_desk_is_in_no_plight():
    starting = ProcessRow("twin", False, 0, 0.0, 0)
    back = ProcessRow("page", True, 3, 1.0, 1, "ended by SIGKILL")
    assert plights("", health(starting, back)) == []


def test_what_is_a_plight():
    lost = ProcessRow("twin", False, 3, 0.0, 0, "ended by SIGKILL")
    line = ProcessRow("link hp_line", False, 3, 0.0, 0, "ended by SIGKILL")
    assert plights(WHY, health(lost, line)) == [UNKEPT, TWIN]
