"""Tables of loops: what their tests found, a row a loop, within 160 columns."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from hil.commissioning.load import SHIPPED
from hil.commissioning.planned import PlannedBlock
from hil.commissioning.procedure import StepTest
from hil.commissioning.record import BlockRecord
from hil.commissioning.tuning_said import (
    NONE,
    Figures,
    gains,
    model,
    names,
    number,
    seconds,
)
from hil.commissioning.verdict import Verdict

ANSWERS = (
    "controller", "reading", "command", "moved", "verdict", "rise", "overshoot", "settling",
    "index", "stiction",
)  # fmt: skip
TUNINGS = (
    "controller", "gain", "now", "proposed", "integral time", "now", "proposed",
    "K", "T", "L", "R2",
)  # fmt: skip
_TESTS = ("step_test", "oscillation", "stiction")
_INDEX = "oscillation index [-]"
Row = tuple[str, ...]


@dataclass(frozen=True)
class Loop:
    """A block that tests one, and what it is about."""

    block: PlannedBlock
    test: StepTest


def loops_of(blocks: Iterable[PlannedBlock]) -> list[Loop]:
    """The blocks with a step test whose command is known, in their order."""
    return [
        Loop(block, step.step_test)
        for block in blocks
        for step in block.steps
        if step.step_test is not None and step.step_test.command is not None
    ]


def loop_files() -> list[str]:
    """Names of the shipped procedures that test loops: `TYPE.LOOP_loop`."""
    return [f"{f.parent.name}.{f.stem}" for f in sorted(SHIPPED.glob("*/*_loop.yaml"))]


def lines(found: Iterable[tuple[Loop, BlockRecord]]) -> list[str]:
    """A table of how loops answered, one of their tunings, and what there is to say besides."""
    answers: list[Row] = [ANSWERS]
    tunings: list[Row] = [TUNINGS]
    besides: list[str] = []
    for loop, record in found:
        figures = _figures(record)
        answers.append(_answer(loop, record, figures))
        if record.verdict is not Verdict.PASS:  # the first reason; the report has all
            besides.append(f"{record.key}: {record.why.split('; ')[0]}")
        if _tested(record):
            tunings.append(_tuning(loop, record, figures))
        if "no proposal" in figures:
            besides.append(f"{record.key}: no tuning proposal: {figures['no proposal']}")
    return [
        *_table(answers),
        *(["", *_table(tunings)] if len(tunings) > 1 else []),
        *(["", *besides] if besides else []),
    ]


def _figures(record: BlockRecord) -> dict[str, float | str | None]:
    """What the steps of a test found; the largest oscillation index of them [-]."""
    found: dict[str, float | str | None] = {}
    for step in record.steps:
        if step.action in _TESTS:
            index, before = step.figures.get(_INDEX), found.get(_INDEX)
            found |= step.figures
            seen = [each for each in (index, before) if isinstance(each, float)]
            found[_INDEX] = max(seen, default=None)
    return found


def _tested(record: BlockRecord) -> bool:
    return any(step.action == "step_test" and step.figures for step in record.steps)


def _answer(loop: Loop, record: BlockRecord, found: Figures) -> Row:
    test = loop.test
    return (
        str(record.controller),
        test.measured,
        str(test.command),
        "reading" if test.setting == test.measured else test.setting,
        record.verdict.value,
        seconds(found.get("rise [s]")),
        number(found.get("overshoot [-]")),
        seconds(found.get("settling [s]")),
        f"{found.get(_INDEX) or 0.0:.2f}" if _tested(record) else NONE,
        str(found.get("stiction") or NONE),
    )


def _tuning(loop: Loop, record: BlockRecord, found: Figures) -> Row:
    (gain, integral), (now, new) = names(loop.test), gains(found)
    times = (seconds(found.get(f"Ti {word} [s]")) for word in ("now", "proposed"))
    k, tau, theta, r2 = model(found)
    believed = (NONE, NONE, NONE) if "no proposal" in found else (k, tau, theta)
    return (str(record.controller), gain, now, new, integral, *times, *believed, r2)


def _table(rows: Sequence[Row]) -> list[str]:
    """Lines with columns under each other."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(each, widths, strict=True)).rstrip()
        for each in rows
    ]
