"""A procedure as part of a test: each of its blocks in a copy of its own, as in a run of them."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from hil.commissioning.branch import in_branch
from hil.commissioning.guard import played
from hil.commissioning.load import find_files, load_procedures
from hil.commissioning.planned import PlannedBlock
from hil.commissioning.points import PointBook
from hil.commissioning.record import BlockRecord
from hil.commissioning.rig import Rig
from hil.commissioning.run_block import Around, run_block
from hil.commissioning.verdict import Verdict
from hil.crew.apart import Tell
from twin.errors import HukkaError


def run_procedure(
    rig: Rig,
    book: PointBook,
    folder: Path,
    name: str,
    connect: Callable[[ExitStack], None],
    tell: Tell,
) -> list[BlockRecord]:
    """Records of all blocks of the procedures that `name` means, or a file.

    Raises:
        BadInput: there is none, or something is wrong in it.
    """
    blocks = load_procedures(find_files(book.site, [name]), book)
    (folder / "traces").mkdir(parents=True, exist_ok=True)
    return [_run(rig, block, folder, connect, tell) for block in blocks]


def _run(
    rig: Rig,
    block: PlannedBlock,
    folder: Path,
    connect: Callable[[ExitStack], None],
    tell: Tell,
) -> BlockRecord:
    def work(tell: Tell) -> BlockRecord:
        with ExitStack() as stack:
            rig.tell = tell
            connect(stack)
            return run_block(rig, block, Around(folder, played(folder, rig.site.site)))

    if block.skip:
        return block.record(Verdict.SKIPPED, block.skip)
    try:
        return in_branch(work, tell)
    except HukkaError as error:
        return block.record(Verdict.INCONCLUSIVE, str(error))
