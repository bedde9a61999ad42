"""`tell.yaml`: what may be said, how it is refused, and that no secret goes over an open line."""

from datetime import time

import pytest

from hil.tell.sections import load_tell
from twin.alarms.telling import Rule
from twin.errors import BadInput
from twin.site import load_site

GOOD = """
page: https://desk.example.org
zone: Europe/Helsinki
channels:
  duty:
    kind: mail
    to: [duty@example.org]
    sender: hukka@example.org
    host: mail.example.org
    user: hukka
    password: {file: mail.secret}
    language: fi
    priority: medium
    parts: [heat_pump]
    after: 10 min
    repeat: 30 min
    quiet: {begins: "22:00", ends: "06:00"}
  hook:
    kind: webhook
    url: https://example.org/hook
    secret: {env: HOOK}
  bus:
    kind: mqtt
    host: broker.example.org
    topic: plant/alarms
"""


@pytest.fixture
def told(tmp_path):
    def write(text):
        path = tmp_path / "tell.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_what_a_channel_wants(told):
    found = load_tell(told(GOOD), load_site("mantsala"))
    rule = found.channels["duty"].rule(found.zone)
    assert (rule.least, rule.parts) == ("medium", frozenset({"heat_pump"}))
    assert (rule.after_ns, rule.repeat_ns) == (600 * 10**9, 1800 * 10**9)
    assert (rule.quiet.begins, rule.quiet.ends) == (time(22), time(6))
    assert str(rule.quiet.zone) == "Europe/Helsinki"
    assert found.channels["hook"].rule(found.zone) == Rule()
    assert (found.channels["bus"].port, found.channels["bus"].tls) == (8883, True)
    assert (found.channels["duty"].port, found.channels["duty"].security) == (587, "starttls")


def test_without_a_file_nobody_is_told(tmp_path, told):
    assert load_tell(tmp_path / "none.yaml").channels == {}
    assert load_tell(None).channels == {}
    assert load_tell(told("")).channels == {}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (("to: [", "too: ["), "tell.yaml:7 channels.duty: unknown key 'too', did you mean 'to'?"),
        (("kind: mail", "kind: post"), "must be one of mail, webhook, mqtt"),
        (("[duty@example.org]", "[duty]"), "'duty' is not an address such as duty@example.org"),
        (("[duty@example.org]", '["duty@"]'), "'duty@' is not an address such as"),
        (("[duty@example.org]", "['duty@(']"), "'duty@(' is not an address such as"),
        (("[duty@example.org]", "[]"), "must have at least 1, found 0"),
        (("password: {file: mail.secret}", "password: hunter2"), "must be a mapping of keys"),
        (("{file: mail.secret}", "{}"), "needs one of 'file' and 'env'"),
        (("    user: hukka\n", ""), "needs both of 'user' and 'password'"),
        (("parts: [heat_pump]", "parts: [heat_pmp]"), "unknown part 'heat_pmp', did you mean"),
        (("language: fi", "language: sv"), "must be one of en, fi"),
        (("repeat: 30 min", "repeat: 5 s"), "repeat = '5 s': must be ≥ 60"),
        (('"22:00"', "late"), "must be a time of day such as 22:00"),
        (("Europe/Helsinki", "Helsinki"), "must be the name of a time zone"),
        (("https://example.org/hook", "http://example.org/hook"), "must be https"),
        (("https://example.org/hook", "example.org"), "must be an address such as https://"),
        (("https://example.org/hook", "https://example.org:99999/"), "must have a port of 1 to"),
        (("https://example.org/hook", "https://example.org:0/"), "must have a port of 1 to"),
        (("https://example.org/hook", "https://example.org/hälytys"), "must be ASCII"),
        (("https://example.org/hook", "https://räksä.example.org/"), "must be ASCII"),
        (("https://example.org/hook", "https://example.org/a b"), "must be ASCII without spaces"),
        (("    topic: plant/alarms", "    topic: plant/#"), "must have no + and no #"),
        (("    topic: plant/alarms", "    topic: a\n    tls: false"), "only to a broker of this"),
        (("    host: mail.", "    security: none\n    host: mail."), "only to a server of this"),
        (("page: https://desk.example.org", "page: desk"), "must be an address such as https://"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(told, wrong, words):
    assert wrong[0] in GOOD
    with pytest.raises(BadInput) as caught:
        load_tell(told(GOOD.replace(*wrong)), load_site("mantsala"))
    assert words in str(caught.value)
    assert "tell.yaml:" in str(caught.value)


def test_the_page_may_have_a_name_in_any_language(told):
    page = "https://desk.example.org/lämpö"
    assert load_tell(told(f"page: {page}")).page == page


def test_messages_link_to_the_public_page_unless_the_file_says_another():
    public = "https://hukka.example.fi/plant/"
    named = load_tell(None).reached(public)
    assert named.page == public
    assert named.reached("https://other.example").page == public
    assert load_tell(None).reached(None).page is None
