"""What is said of an alarm, short and in the language of whoever hears it."""

import csv
import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

from hil.alarms.told import size_of
from hil.tell.plight import Plight
from hil.tell.sending import Message
from twin.alarms.listed import PRIORITIES, Listed
from twin.alarms.news import UNKNOWN_FAULT
from twin.alarms.telling import Say

PlightWhat = Literal["desk", "desk over"]

_FILE = Path(__file__).with_name("words.csv")
_NUMBER = re.compile(r"\[\d+\]$")
_MOST_OF_FLOOD = 8
"""Alarms of a flood that are named [-]."""


@dataclass(frozen=True)
class Voice:
    """How a channel speaks."""

    site: str
    language: str
    zone: tzinfo
    page: str | None
    """Where people reach the desk's page."""

    def word(self, key: str, **values: object) -> str:
        """A phrase with what belongs into it."""
        return words(self.language)[key].format(**values)

    def when(self, t_ns: int) -> str:
        """A time by the clocks of the channel's zone."""
        return datetime.fromtimestamp(t_ns // 1_000_000_000, self.zone).strftime("%Y-%m-%d %H:%M")

    def cause(self, alarm: Listed) -> str:
        """What an alarm is about, the name of the part or signal first."""
        if alarm.kind == "link":
            return self.word("link lost", part=alarm.part)
        if alarm.kind == "limit":
            return f"{alarm.cause} ({alarm.signal})"
        if alarm.key.endswith(f"/{UNKNOWN_FAULT}"):
            return f"{alarm.part}: {self.word('unknown')}"
        return self.fault(alarm.cause, alarm.part)

    def fault(self, fault: str, part: str) -> str:
        """A fault of the catalogue in words, what it is of first."""
        name, _, last = _NUMBER.sub("", fault).rpartition(".")
        known = words(self.language).get(f"fault.{last}")
        return f"{part}: {fault}" if known is None else f"{name or part}: {known}"

    def size(self, alarm: Listed, told: Mapping[str, Any]) -> str:
        """How large it is, and what it cannot be told from; of others than causes their text."""
        if alarm.kind != "twin":
            return alarm.text
        said = [size] if (size := size_of(told, to="…")) else []
        if told.get("drift"):
            said.append(self.word("growing"))
        if told.get("group"):
            others = ", ".join(self.fault(name, alarm.part) for name in told["group"])
            said.append(self.word("not told from", others=others))
        return "; ".join(said)

    def link(self, alarm: Listed | None) -> str | None:
        """Address of an alarm, or of all, on the desk's page."""
        return self.view("alarms" if alarm is None else f"alarm?number={alarm.number}")

    def view(self, where: str) -> str | None:
        """Address of a view of the desk's page."""
        return None if self.page is None else f"{self.page.rstrip('/')}/#/{where}"


@functools.cache
def words(language: str) -> Mapping[str, str]:
    """All phrases of a language by their key."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        return MappingProxyType({row["key"]: row[language] for row in csv.DictReader(file)})


def of_alarm(voice: Voice, key: str, say: Say, alarm: Listed, told: Mapping[str, Any]) -> Message:
    """A message about one alarm; `told` is its evidence."""
    what = voice.cause(alarm)
    priority = voice.word(f"priority.{alarm.priority}")
    head = voice.word(say.what, priority=priority, what=what, times=say.times, who=say.who)
    lines = [head, voice.word("where", part=alarm.part)]
    lines.append(
        voice.word("since", since=voice.when(alarm.since_ns), raised=voice.when(alarm.raised_ns))
    )
    if alarm.cleared_ns is not None:
        lines.append(voice.word("cleared", cleared=voice.when(alarm.cleared_ns)))
    if size := voice.size(alarm, told):
        by_kind = {"limit": "limit", "link": "link"}.get(alarm.kind, "size")
        lines.append(voice.word(by_kind, size=size))
    if alarm.signals:
        lines.append(voice.word("signal", signals=", ".join(alarm.signals[:3])))
    if alarm.consequences:
        lines.append(voice.word("follows", consequences=", ".join(alarm.consequences[:5])))
    if told.get("check"):
        lines.append(voice.word("check", check=told["check"]))
    link = voice.link(alarm)
    if link is not None:
        lines.append(voice.word("page", page=link))
    numbers = {name: told.get(name) for name in ("low", "high", "unit", "probability", "check")}
    data = _data(voice, key, say) | plain_alarm(alarm) | {"value": told.get("size")} | numbers
    return _message(voice, key, head, lines, data)


def of_flood(voice: Voice, key: str, say: Say, alarms: Sequence[Listed]) -> Message:
    """A message that stands for many."""
    asking = say.what != "flood"
    head = voice.word(say.what, count=len(alarms) if asking else say.count)
    urgent = sorted(alarms, key=lambda a: (PRIORITIES.index(a.priority), a.raised_ns, a.number))
    lines = [head]
    if not asking:
        lines.append(voice.word("one cause each"))
    lines += [
        f"- {voice.word(f'priority.{alarm.priority}')}: {voice.cause(alarm)}"
        for alarm in urgent[:_MOST_OF_FLOOD]
    ]
    if len(urgent) > _MOST_OF_FLOOD:
        lines.append(voice.word("and more", n=len(urgent) - _MOST_OF_FLOOD))
    link = voice.link(None)
    if link is not None:
        lines.append(voice.word("page", page=link))
    data = _data(voice, key, say) | {"count": say.count}
    return _message(voice, key, head, lines, data | {"alarms": [plain_alarm(a) for a in urgent]})


def of_plight(
    voice: Voice, key: str, what: PlightWhat, plight: Plight, since_ns: int, t_ns: int
) -> Message:
    """A message about the desk itself."""
    stands = what == "desk"
    priority = voice.word("priority.high")
    said = voice.word(f"desk.{plight.kind}", name=plight.name)
    lines = [head := voice.word(what, priority=priority, what=said)]
    lines.append(voice.word("desk since", since=voice.when(since_ns), now=voice.when(t_ns)))
    if stands:
        lines += [plight.why, voice.word(f"desk.{plight.kind} means")]
    link = voice.view("health")
    if link is not None:
        lines.append(voice.word("page", page=link))
    data = {
        "key": key,
        "what": what,
        "site": voice.site,
        "t_ns": t_ns,
        "page": link,
        "priority": "high",
        "since_ns": since_ns,
        **plight._asdict(),
    }
    return _message(voice, key, head, lines, data)


def of_test(voice: Voice, key: str, t_ns: int) -> Message:
    """A message that says only that messages arrive."""
    head = voice.word("test")
    data = _data(voice, key, Say("test", None, t_ns))
    return _message(voice, key, head, [head, voice.when(t_ns)], data)


def plain_alarm(alarm: Listed) -> dict[str, Any]:
    """An alarm for machines; times in ns since 1970."""
    return {
        "number": alarm.number,
        "type": alarm.kind,
        "priority": alarm.priority,
        "part": alarm.part,
        "cause": alarm.cause,
        "signal": alarm.signal,
        "state": alarm.alarm.state.value,
        "since_ns": alarm.since_ns,
        "raised_ns": alarm.raised_ns,
        "cleared_ns": alarm.cleared_ns,
        "acknowledged_by": alarm.acknowledged_by,
        "size": alarm.text,
        "consequences": list(alarm.consequences),
    }


def _data(voice: Voice, key: str, say: Say) -> dict[str, Any]:
    return {
        "key": key,
        "what": say.what,
        "site": voice.site,
        "t_ns": say.t_ns,
        "times": say.times,
        "who": say.who,
        "page": voice.link(None),
        "number": say.number,
    }


def _message(voice: Voice, key: str, head: str, lines: list[str], data: dict[str, Any]) -> Message:
    subject = f"[{voice.site}] {head}"
    text = "\n".join(lines) + "\n"
    return Message(key, subject, text, data | {"subject": subject, "text": text})
