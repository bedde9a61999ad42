"""What is kept of a test that failed: a table of what was seen, and a picture of it.

The process with the plant writes the tables; pytest's own draws, which reads fonts and caches.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from hil.commissioning.record import BlockRecord, StepRecord
from hil.commissioning.trace import Trace
from hil.commissioning.verdict import Verdict

TRACE, STEPS, PICTURE = "trace.csv", "steps.json", "picture.svg"


def keep(
    folder: Path, name: str, why: str, trace: Trace, steps: Sequence[StepRecord]
) -> list[dict[str, Any]]:
    """Write them into `folder`; the record of which there is a picture to be drawn.

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
    return [
        BlockRecord(name, None, "test", Verdict.FAIL, why, tuple(steps), lasted_s, TRACE).plain()
    ]


def keep_blocks(blocks: Sequence[BlockRecord]) -> list[dict[str, Any]]:
    """Of a procedure: the records of blocks that did not pass, whose traces are there."""
    good = (Verdict.PASS, Verdict.SKIPPED)
    return [record.plain() for record in blocks if record.verdict not in good and record.trace]


def drawn(folder: Path, plain: Mapping[str, Any]) -> list[Path]:
    """The files of a record: its trace, the steps of a test, and the picture, drawn now."""
    # matplotlib takes a second: only tests that fail pay for it
    from hil.report.commission_data import read_block
    from hil.report.commission_picture import block_picture, panels_of
    from hil.report.commission_trace import read_trace

    of_test = plain["trace"] == TRACE
    # names are data of a process that hosts FMUs: they do not lead out of the folder
    trace = folder / (TRACE if of_test else f"traces/{Path(str(plain['trace'])).name}")
    picture = folder / PICTURE if of_test else trace.with_suffix(".svg")
    block = read_block({**plain, "trace": str(trace.relative_to(folder))})
    panels, _ = panels_of(block, read_trace(folder, block).curves.values())
    picture.write_text(block_picture(block, panels, "p"), encoding="utf-8")
    return [trace, *([folder / STEPS] if of_test else []), picture]
