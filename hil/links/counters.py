"""What links, devices and servers count, in words: how a line is doing beside its values."""

from collections import Counter
from collections.abc import Mapping
from typing import Final, NamedTuple


class Counted(NamedTuple):
    """A counter in words: of one, of many, what it means and what to do about it."""

    one: str
    many: str
    meaning: str
    advice: str


COUNTERS: Final[Mapping[str, Counted]] = {
    "timeouts": Counted(
        "request without an answer", "requests without an answer",
        "Requests that a unit did not answer in time.",
        "Is it powered, is its unit id right? A slow device wants a longer `timeout`.",
    ),
    "garbled": Counted(
        "garbled answer", "garbled answers",
        "Answers that were none: wrong check sum, wrong length, wrong unit or function.",
        "On a serial line: baud rate, parity, termination, two devices with one id.",
    ),
    "openings": Counted(
        "time set aside", "times set aside",
        "How often a unit was left alone (0.25 s, later up to 5 s) after three requests without"
        " an answer, so that its neighbours keep their rate.",
        "As for `timeouts`; what was not asked meanwhile is `skipped`.",
    ),
    "skipped": Counted(
        "request left out", "requests left out",
        "Requests that were not sent because their unit was set aside.",
        "As for `timeouts`.",
    ),
    "reconnects": Counted(
        "reconnect", "reconnects",
        "How often a connection or a serial device was opened again.",
        "A gateway that closes idle connections is no trouble; else look for a loose plug, a"
        " device that restarts, or one with too few connections.",
    ),
    "late": Counted(
        "late reply dropped", "late replies dropped",
        "Answers on a serial line that came after their time-out. They were swallowed, never"
        " taken for the answer to the next request.",
        "Choose a longer `timeout`: above half of the slowest answer, or nobody can tell them.",
    ),
    "stray": Counted(
        "stray frame dropped", "stray frames dropped",
        "Modbus TCP frames that answer nothing: of an earlier request, or of another protocol.",
        "A longer `timeout`; many of them: a gateway that mixes up its clients.",
    ),
    "noise": Counted(
        "noise byte", "noise bytes",
        "Bytes on a serial line that belong to no frame.",
        "Termination, shield and ground, wrong baud rate, or another master: `hukka io sniff`.",
    ),
    "foreign": Counted(
        "frame of another unit", "frames of other units",
        "Whole frames of other units while one was asked.",
        "A second master, or two units with one id: `hukka io sniff` shows who talks.",
    ),
    "misfits": Counted(
        "answer to another question", "answers to other questions",
        "Whole frames of the unit that was asked, for another function or length.",
        "A late answer beyond twice the time-out: choose a longer one.",
    ),
    "unquiet": Counted(
        "answer held back", "answers held back",
        "Where hukka serves a serial line: answers not given because the line was never quiet.",
        "Another master, or a babbling device.",
    ),
    "throttled": Counted(
        "time a client was slowed down", "times a client was slowed down",
        "Where hukka serves: how often an address asked for more than 50,000 requests a second.",
        "Its name is in the line that is said about it; mend that client.",
    ),
    "evicted": Counted(
        "idle client closed", "idle clients closed",
        "Where hukka serves: clients that made room because all 512 places were taken.",
        "Look for a client that opens connections and does not close them.",
    ),
    "turned_away": Counted(
        "client turned away", "clients turned away",
        "Where hukka serves: clients for which there was no place, or masters that came to a"
        " line while another one was there.",
        "A line has one master.",
    ),
    "rejected": Counted(
        "client not let in", "clients not let in",
        "Where hukka serves Modbus/TCP Security: clients whose certificate TLS did not take.",
        "[Why](../how-to/secure-link.md#when-it-does-not-connect) is in the line said about it.",
    ),
    "unauthorised": Counted(
        "request its role may not make", "requests their role may not make",
        "Where hukka serves Modbus/TCP Security: requests that were answered with exception 1.",
        "Give the role that right (`--role`, `roles`), or the client another certificate.",
    ),
}  # fmt: skip
"""By the attribute of a link, device or server that counts it; in the order they are told."""


def counted(*ends: object) -> dict[str, int]:
    """What `ends` (links, devices, servers) have counted together [-]; nothing that is 0."""
    sums = {name: sum(_count(end, name) for end in ends) for name in COUNTERS}
    return {name: count for name, count in sums.items() if count}


def in_words(counts: Mapping[str, int]) -> str:
    """Counts as people say them, "3 late replies dropped, 12 noise bytes"; empty without any."""
    return ", ".join(f"{count} {_word(name, count)}" for name, count in counts.items())


def told(*ends: object) -> str:
    """What `ends` have counted, in words; empty when there is nothing to say."""
    return in_words(counted(*ends))


def _word(name: str, count: int) -> str:
    known = COUNTERS.get(name)  # a record may be of another version
    return name if known is None else known.one if count == 1 else known.many


def _count(end: object, name: str) -> int:
    value = getattr(end, name, 0)  # every end counts what can happen to it, and nothing else
    return value.total() if isinstance(value, Counter) else int(value)
