"""Values of a device, each with its quality, its time and, where it failed, the reason."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from hil.io.ask import Answer, ask
from hil.io.selection import Selection, Span, spans
from hil.links import pdu
from hil.links.link import Link
from twin.clock import utc_now
from twin.registers import Point, Table, decode
from twin.registers.codec import decode_text, power_of_ten
from twin.registers.point import BIT_TABLES
from twin.signals import Quality

Words = dict[tuple[Table, int], int]
"""Registers (0 to 65535) or bits by table and 0-based address."""

_SILENCES: Final = 2
"""Silences in a row after which the rest is not asked: it would only take long."""
_LARGEST_EXPONENT = 10
"""Of a scale that a device means (SunSpec: a scale factor is -10 to 10)."""


class Row(NamedTuple):
    """One value [point.unit], or None and why; a text is a value too. `t` is when it was there."""

    point: Point
    value: float | str | None
    quality: Quality
    why: str
    t: datetime

    @property
    def meaning(self) -> str:
        """What the map's `enum` calls the value; empty where it says nothing."""
        if not isinstance(self.value, float) or not self.value.is_integer():
            return ""
        return self.point.enum.get(int(self.value), "")

    @property
    def failed(self) -> bool:
        """Whether nobody knows the value; a device that says it has none has answered."""
        return self.quality not in (Quality.GOOD, Quality.NO_VALUE)


class Reader:
    """Reads a selection again and again.

    Ranges that the device refuses are halved once and for all: the next round asks for what
    it has.
    """

    def __init__(self, link: Link, unit: int, selection: Selection) -> None:
        self._link = link
        self._unit = unit
        self._points = {point.name: point for point in selection.points}
        self._spans = spans(selection.points, selection.max_read, selection.max_gap)
        self._selection = selection

    def read(self) -> list[Row]:
        """One row a point, in the order of the selection."""
        words: Words = {}
        failures: dict[str, Answer] = {}
        times: dict[str, datetime] = {}
        silences = 0
        last: Answer | None = None
        waiting, done = list(self._spans), []
        while waiting:
            span = waiting.pop(0)
            if silences < _SILENCES or last is None:
                last = ask(self._link, self._unit, _request(span))
                silences = silences + 1 if last.quality is Quality.TIMEOUT else 0
            if last.code in (2, 3) and len(span.points) > 1:
                waiting[:0] = self._halves(span)
                continue
            done.append(span)
            times |= dict.fromkeys((p.name for p in span.points), utc_now())
            if last.quality is Quality.GOOD and last.reply is not None:
                words |= _words(span, last.reply)
            else:
                failures |= dict.fromkeys((p.name for p in span.points), last)
        self._spans = done
        return [self._row(p, words, failures, times[p.name]) for p in self._selection.points]

    def _halves(self, span: Span) -> list[Span]:
        middle = len(span.points) // 2
        both = (span.points[:middle], span.points[middle:])
        limit, gap = self._selection.max_read, self._selection.max_gap
        return [part for half in both for part in spans(half, limit, gap)]

    def _row(self, point: Point, words: Words, failures: Mapping[str, Answer], t: datetime) -> Row:
        failure = failures.get(point.name)
        if failure is not None:
            return Row(point, None, failure.quality, failure.why, t)
        scale = None
        if point.scale_ref is not None:
            scale, failure = self._scale(point.scale_ref, words, failures)
            if failure is not None:
                why = f"its scale {point.scale_ref}: {failure.why}"
                return Row(point, None, failure.quality, why, t)
            if scale is None:
                return Row(point, None, Quality.NO_VALUE, f"no scale in {point.scale_ref}", t)
        value = value_of(point, words, scale)
        if value is None:
            return Row(point, None, Quality.NO_VALUE, "the device has no value for it", t)
        return Row(point, value, Quality.GOOD, "", t)

    def _scale(
        self, name: str, words: Words, failures: Mapping[str, Answer]
    ) -> tuple[float | None, Answer | None]:
        if name in failures:
            return None, failures[name]
        exponent = value_of(self._points[name], words, None)
        if not isinstance(exponent, float) or abs(exponent) > _LARGEST_EXPONENT:
            return None, None
        return power_of_ten(int(exponent)), None


def value_of(point: Point, words: Words, scale: float | None) -> float | str | None:
    """Value [point.unit] of a point among `words`; None where the device has none."""
    registers = [words[point.table, at] for at in range(point.address, point.end)]
    if point.is_text:
        return decode_text(point, b"".join(word.to_bytes(2, "big") for word in registers))
    return decode(point, registers, scale)


def _request(span: Span) -> bytes:
    return pdu.read_request(span.table, span.address, span.count)


def _words(span: Span, reply: bytes) -> Words:
    return words_of(span.table, span.address, span.count, reply[2:])


def words_of(table: Table, address: int, count: int, payload: bytes) -> Words:
    """Registers or bits of a read's or write's data, by their place."""
    if table in BIT_TABLES:
        bits = int.from_bytes(payload, "little")
        return {(table, address + i): bits >> i & 1 for i in range(count)}
    return {(table, address + i): payload[2 * i] << 8 | payload[2 * i + 1] for i in range(count)}


def read_once(link: Link, unit: int, selection: Selection) -> Sequence[Row]:
    """One row a point, in the order of the selection."""
    return Reader(link, unit, selection).read()
