"""What is kept of a test that failed: a table of what was seen, and a picture of it."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from hil.commissioning.record import BlockRecord, StepRecord
from hil.commissioning.trace import Trace
from hil.commissioning.verdict import Verdict

TRACE, STEPS, PICTURE = "trace.csv", "steps.json", "picture.svg"


def keep(
    folder: Path, name: str, why: str, trace: Trace, steps: Sequence[StepRecord]
) -> list[Path]:
    """Write them into `folder`; the files that there are.

    A test that let no time pass has nothing to show.
    """
    if not trace.t_s or not trace.columns:
        return []
    trace.write(folder / TRACE)
    lasted_s = trace.t_s[-1]
    bad = (Verdict.FAIL, Verdict.INCONCLUSIVE)
    if not any(step.verdict in bad for step in steps):  # an assert of the test's own
        first = why.splitlines()[0]
        steps = [*steps, StepRecord(first, Verdict.FAIL, lasted_s, lasted_s, why, action="assert")]
    (folder / STEPS).write_text(json.dumps([asdict(s) for s in steps], indent=1), encoding="utf-8")
    record = BlockRecord(name, None, "test", Verdict.FAIL, why, tuple(steps), lasted_s, TRACE)
    return [folder / TRACE, folder / STEPS, _draw(folder, record, folder / PICTURE)]


def keep_blocks(folder: Path, blocks: Sequence[BlockRecord]) -> list[Path]:
    """Of a procedure: traces and pictures of the blocks that did not pass."""
    found: list[Path] = []
    for record in blocks:
        if record.verdict in (Verdict.PASS, Verdict.SKIPPED) or not record.trace:
            continue
        trace = folder / record.trace
        found += [trace, _draw(folder, record, trace.with_suffix(".svg"))]
    return found


def _draw(folder: Path, record: BlockRecord, path: Path) -> Path:
    # matplotlib takes a second: only tests that fail pay for it
    from hil.report.commission_data import read_block
    from hil.report.commission_picture import block_picture, panels_of
    from hil.report.commission_trace import read_trace

    block = read_block(record.plain())
    panels, _ = panels_of(block, read_trace(folder, block).curves.values())
    path.write_text(block_picture(block, panels, "p"), encoding="utf-8")
    return path
