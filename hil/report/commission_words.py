"""What the report of a commissioning run says, as text that is ready to print."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from hil.report.commission_audit import Audit, Values
from hil.report.commission_data import UNFINISHED, Block, Record, Step
from hil.report.commission_trace import Curve, Seen
from hil.report.numbers import span
from hil.report.remarks import Remarks
from hil.report.summary import Table, Tile
from twin.site.amounts import MISSING, significant

_MARK = {
    "fail": "✗", "inconclusive": "?", "blocked": "⊘", UNFINISHED: "◌", "pass": "✓", "skipped": "–"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step as text; `limits` is what its formulas came to."""

    number: int
    anchor: str
    verdict: str
    time: str
    text: str
    limits: str
    why: str
    requirement: str
    read: str
    """What a person read, with what, and who it was."""


def mark(verdict: str) -> str:
    """`✗ fail`: told apart without colours."""
    return f"{_MARK[verdict]} {verdict}"


def tiles(summary: Mapping[str, int]) -> list[Tile]:
    """How many procedures came to which end."""
    of = f"{summary['blocks']} blocks, {summary['steps']} steps"
    found = [
        Tile("procedures", str(summary["procedures"]), of),
        Tile("✓ passed", str(summary["passed"])),
    ]
    for name, sign in (("failed", "✗"), ("inconclusive", "?"), ("blocked", "⊘")):
        found.append(Tile(f"{sign} {name}", str(summary[name]), "", bool(summary[name])))
    if summary["no_verdict"]:
        found.append(Tile("◌ no verdict", str(summary["no_verdict"]), "", bad=True))
    return [*found, Tile("– skipped", str(summary["skipped"]))]


def notes(record: Record, audit: Audit, remarks: Remarks, more: Iterable[str]) -> tuple[str, ...]:
    """What must be known before the rest is read."""
    found = []
    still = [block for block in record.blocks if block.verdict == UNFINISHED]
    if still:
        found.append(
            f"This run is not finished: {len(still)} of {len(record.blocks)} blocks have"
            " no verdict."
        )
    if record.torn:
        found.append(
            "The last line of the record was cut off while it was written; it is left out."
        )
    if audit.missing:
        found.append(f"There is no audit log of writes: {audit.missing}")
    elif audit.findings:
        found.append("The audit log of writes is not as it was written: see there.")
    if remarks.wrong:
        found.append(f"Not all notes can be read: {remarks.wrong}")
    return (*found, *more)


def period(audit: Audit) -> str:
    """When it was carried out, as the audit log has it."""
    if not audit.lines:
        return "time not recorded"
    first, last = (_utc(line.utc).partition(".")[0] for line in (audit.lines[0], audit.lines[-1]))
    return f"carried out {first} to {last} UTC"


def facts(block: Block) -> str:
    """What there is to say of a block besides its steps."""
    lasted = f"{span(block.lasted_s)} of plant time" if block.lasted_s else "no plant time"
    writes = f"{block.writes} write{'' if block.writes == 1 else 's'}"
    proves = f"requirement {', '.join(block.requirements)}"
    return " · ".join((proves, lasted, writes, *([block.trace] if block.trace else [])))


def step_rows(block: Block, seen: Seen) -> tuple[StepRow, ...]:
    """The steps of a block."""
    return tuple(
        StepRow(
            step.number,
            f"{block.anchor}s{step.number}",
            step.verdict,
            _time(step),
            step.text,
            limits(step, seen.curves.get(step.point or "")),
            step.why,
            step.requirement if (step.requirement,) != block.requirements else "",
            _read(step),
        )
        for step in block.steps
    )


def limits(step: Step, curve: Curve | None) -> str:
    """`84 to 86 °C`: what the formulas of a step came to; empty where its text says it."""
    if curve is None or curve.is_state:
        return ""
    low, high = (None if end is None else curve.shown(end) for end in (step.low, step.high))
    match low, high:
        case None, None:
            return ""
        case float(), None:
            return _with_unit(f"above {_number(low)}", curve)
        case None, float():
            return _with_unit(f"below {_number(high)}", curve)
    if low == high:
        return _with_unit(_number(low), curve)
    return _with_unit(f"{_number(low)} to {_number(high)}", curve)


def audit_says(audit: Audit) -> str:
    """Whether the chain holds."""
    if audit.missing:
        return f"✗ There is no audit log: {audit.missing}"
    torn = (
        " The last line was cut off while it was written, and never counted." if audit.torn else ""
    )
    if audit.findings:
        return f"✗ The chain does not hold: {len(audit.findings)} found.{torn}"
    lines = f"{len(audit.lines)} line{'' if len(audit.lines) == 1 else 's'}"
    return f"✓ Chain verified: {lines}, none changed, removed or inserted.{torn}"


def audit_table(audit: Audit) -> Table:
    """Every line of the log."""
    rows = tuple(
        (
            str(line.n),
            _utc(line.utc),
            line.event,
            line.device,
            ", ".join(line.points),
            _values(line.wanted),
            _values(line.before),
            _values(line.after),
            line.why,
        )
        for line in audit.lines
    )
    head = ("n", "UTC", "event", "device", "points", "wanted", "before", "after", "why")
    return Table("Every line", head, rows, 99, "no line", (0, 1, 2, 3, 5, 6, 7))


def _read(step: Step) -> str:
    """`read 1.9 bar with P-17, by Anna`."""
    what = [f"read {step.read}"] if step.read else []
    what += [f"with {step.instrument}"] if step.instrument else []
    words = " ".join(what)
    return ", ".join(part for part in (words, f"by {step.by}" if step.by else "") if part)


def _time(step: Step) -> str:
    if step.begin_s == step.end_s:
        return f"{step.begin_s:g} s"
    return f"{step.begin_s:g} to {step.end_s:g} s"


def _utc(text: str) -> str:
    return text.replace("T", " ").replace("Z", "")


def _values(values: Values | None) -> str:
    return ", ".join(MISSING if v is None else f"{v:.6g}" for v in values or ())


def _number(value: float | None) -> str:
    return significant(None if value is None else float(f"{value:.5g}"), 5).replace("-", "−")


def _with_unit(text: str, curve: Curve) -> str:
    return f"{text} {curve.scale.symbol}".rstrip()
