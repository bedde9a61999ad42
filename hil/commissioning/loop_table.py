"""A table of loops: what their tests found, a row a loop."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from hil.commissioning.load import SHIPPED
from hil.commissioning.planned import PlannedBlock
from hil.commissioning.procedure import StepTest
from hil.commissioning.record import BlockRecord

HEAD = (
    "controller", "set point", "reading", "command", "verdict", "rise", "overshoot", "settling",
    "index", "stiction", "Kp now", "Ti now", "Kp new", "Ti new", "based on",
)  # fmt: skip
_NONE = "-"
Figures = Mapping[str, float | str | None]


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


def row(loop: Loop, record: BlockRecord) -> tuple[str, ...]:
    """What was found of a loop, as text."""
    found: dict[str, float | str | None] = {}
    worst = 0.0
    for step in record.steps:
        if step.action in ("step_test", "oscillation", "stiction"):
            index = step.figures.get("oscillation index [-]")
            worst = max(worst, index if isinstance(index, float) else 0.0)
            found |= step.figures
    test = loop.test
    by_reading = test.setting == test.measured
    tested = any(step.action == "step_test" and step.figures for step in record.steps)
    return (
        str(record.controller),
        "(by reading)" if by_reading else test.setting,
        test.measured,
        str(test.command),
        record.verdict.value,
        _said(found, "rise [s]", "s"),
        _said(found, "overshoot [-]"),
        _said(found, "settling [s]", "s"),
        f"{worst:.2f}" if tested else _NONE,
        str(found.get("stiction") or _NONE),
        *(_said(found, name, unit) for name, unit in _tunings(found)),
        _based(found) if tested else record.why,
    )


def _tunings(found: Figures) -> list[tuple[str, str]]:
    """Names of the figures of both tunings, with the unit of each."""
    gains = {word: next((n for n in found if n.startswith(word)), word) for word in _GAINS}
    now, new = ((gains[word], gains[word].partition("[")[2].rstrip("]")) for word in _GAINS)
    return [now, ("Ti now [s]", "s"), new, ("Ti proposed [s]", "s")]


_GAINS = ("Kp now", "Kp proposed")


def _said(found: Figures, name: str, unit: str = "") -> str:
    value = found.get(name)
    return f"{value:.3g} {unit}".rstrip() if isinstance(value, float) else _NONE


def _based(found: Figures) -> str:
    if "no proposal" in found:
        return f"no proposal: {found['no proposal']}"
    gain = next((name for name in found if name.startswith("gain [")), "")
    parts = [
        f"K {_said(found, gain)} {gain.removeprefix('gain [').rstrip(']')}",
        f"T {_said(found, 'time constant [s]', 's')}",
        f"L {_said(found, 'dead time [s]', 's')}",
        f"R2 {_said(found, 'R2 [-]')}",
    ]
    return ", ".join(parts)


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lines with columns under each other."""
    every = [HEAD, *rows]
    widths = [max(len(each[i]) for each in every) for i in range(len(HEAD))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(each, widths, strict=True)).rstrip()
        for each in every
    ]
