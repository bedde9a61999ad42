"""Where the plant's models leave the ranges in which they are valid: said at once, and kept.

The FMUs count how many of their ranges are left. The loop tells a change in the FMU's own words,
the watch keeps from when to when, and the parent puts the two together.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from hil.bench.layout import Layout

_MOST_SENTENCES = 10
_PLANT_TIME = re.compile(r"^t = \S+ s: ")
"""Begins a sentence of our FMUs; the warm-up is in it, and the run has a time of its own."""
_LEFT = "its model has left the range in which it is valid"
_BACK = "its model is back in the range in which it is valid"


class Plant(Protocol):
    """The network, as far as it is needed here."""

    def step(self, inputs: NDArray[np.float64], dt_ns: int) -> NDArray[np.float64]:
        """Outputs after `dt_ns` [ns] under constant inputs."""
        ...

    def messages(self, part: str) -> Sequence[str]:
        """What the FMU of a part has said lately, the newest last."""
        ...


class TellingPlant:
    """A network that tells when a count of left ranges changes: `tell(part, sentence)`.

    The counts are the last of its outputs.
    """

    def __init__(self, network: Plant, layout: Layout, tell: Callable[[str, str], None]) -> None:
        self._network = network
        self._parts = [name.partition(".")[0] for name in layout.validity]
        self._tell = tell
        self._counts = [0.0] * len(self._parts)
        self._heard: dict[str, tuple[str, ...]] = dict.fromkeys(self._parts, ())

    def step(self, inputs: NDArray[np.float64], dt_ns: int) -> NDArray[np.float64]:
        """Outputs after `dt_ns` [ns] under constant inputs."""
        outputs = self._network.step(inputs, dt_ns)
        if self._parts and (counts := outputs[-len(self._parts) :].tolist()) != self._counts:
            for part, before, now in zip(self._parts, self._counts, counts, strict=True):
                if now != before:
                    self._say(part, _LEFT if now > before else _BACK)
            self._counts = counts
        return outputs

    def _say(self, part: str, otherwise: str) -> None:
        """What the FMU has said since it was last asked; `otherwise` when that is nothing."""
        messages = tuple(self._network.messages(part))
        known = set(self._heard[part])
        news = [_PLANT_TIME.sub("", text.strip()) for text in messages if text not in known]
        self._heard[part] = messages
        for text in news or [otherwise]:
            self._tell(part, text)


class Validity:
    """Follows the counts of left ranges through the rows of a run."""

    def __init__(self, layout: Layout) -> None:
        self._columns = [(name, layout.truth.index(name)) for name in layout.validity]
        self.spans: list[dict[str, Any]] = []
        """Each time that a part was outside: `part`, `from_s`, `to_s` (None: it still is), and
        `most` ranges that were left at once."""
        self._open: dict[str, dict[str, Any]] = {}

    def take(self, rows: NDArray[np.void]) -> list[tuple[int, str, str]]:
        """Changes in the rows of the run: time [ns], part and what happened, in order of time."""
        news: list[tuple[int, str, str]] = []
        for name, column in self._columns:
            part, count = name.partition(".")[0], rows["truth"][:, column]
            outside = count > 0.0
            before = np.concatenate([[part in self._open], outside[:-1]])
            begin = 0
            for row in np.flatnonzero(outside != before).tolist():
                self._widen(part, count[begin:row])
                begin = row
                t_ns = int(rows["t_ns"][row])
                news.append((t_ns, part, self._change(part, t_ns, bool(outside[row]))))
            self._widen(part, count[begin:])
        return sorted(news)

    def _change(self, part: str, t_ns: int, leaves: bool) -> str:
        if leaves:
            span = {"part": part, "from_s": t_ns / 1e9, "to_s": None, "most": 0}
            self._open[part] = span
            self.spans.append(span)
            return _LEFT
        self._open.pop(part)["to_s"] = t_ns / 1e9
        return _BACK

    def _widen(self, part: str, count: NDArray[np.float64]) -> None:
        if part in self._open and len(count):
            span = self._open[part]
            span["most"] = max(span["most"], int(count.max()))


def explained(
    spans: Sequence[Mapping[str, Any]], said: Sequence[tuple[int, str, str]]
) -> list[dict[str, Any]]:
    """`spans` with the FMUs' sentences [ns, part, text] about leaving a range, as `ranges`.

    What was left in the warm-up and still is belongs to the span that begins with the run.
    """
    first_s = min((s["from_s"] for s in spans), default=0.0)
    found = []
    for span in spans:
        texts = [
            text
            for t_ns, part, text in said
            if part == span["part"]
            and "has returned" not in text
            and text not in (_LEFT, _BACK)
            and _is_in(max(t_ns / 1e9, first_s), span)
        ]
        found.append({**span, "ranges": texts[-_MOST_SENTENCES:]})
    return found


def _is_in(t_s: float, span: Mapping[str, Any]) -> bool:
    end_s = float("inf") if span["to_s"] is None else span["to_s"]
    return bool(span["from_s"] <= t_s < end_s)
