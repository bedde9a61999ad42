"""A run of procedures from its first block to its last, and again from where it was cut off."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from firmware_sim import make_controller
from hil.bench.hosted import Play
from hil.commissioning.book import Book, identity
from hil.commissioning.branch import in_branch
from hil.commissioning.in_step import TcpInStep
from hil.commissioning.lines import own_lines
from hil.commissioning.planned import PlannedBlock
from hil.commissioning.record import BlockRecord
from hil.commissioning.rig import Rig, RigOptions
from hil.commissioning.run_block import Tell, run_block
from hil.commissioning.verdict import Verdict, worst
from twin.clock import monotonic_ns
from twin.errors import HukkaError
from twin.site import Site


@dataclass(frozen=True)
class Session:
    """What is run, how and where."""

    site: Site
    blocks: Sequence[PlannedBlock]
    folder: Path
    options: RigOptions = field(default_factory=RigOptions)
    transport: str = "loopback"
    line_faults: Sequence[str] = ()
    """What is wrong with the emulated lines of transport `rtu`."""
    play: Play = make_controller
    resume: bool = False
    done: Callable[[BlockRecord], None] = lambda record: None
    """Hears what came of each block."""

    def told(self) -> dict[str, Any]:
        """What the record says of how it is run."""
        return {
            "period_ns": self.options.period_ns,
            "warmup_ns": self.options.warmup_ns,
            "seed": self.options.seed,
            "data": self.options.data,
            "transport": self.transport,
            "line_faults": list(self.line_faults),
        }


@dataclass
class Done:
    """What came of a run."""

    records: list[BlockRecord] = field(default_factory=list)
    wall_s: float = 0.0

    def of_procedures(self) -> dict[str, Verdict]:
        """The verdict of each procedure on each controller: that of its worst block."""
        found: dict[str, list[Verdict]] = {}
        for record in self.records:
            where = f"@{record.controller}" if record.controller else ""
            found.setdefault(f"{record.procedure}{where}", []).append(record.verdict)
        return {name: worst(verdicts) for name, verdicts in found.items()}


def run_session(session: Session) -> Done:
    """Run every block that has no verdict yet.

    Raises:
        BadInput: the site, its FMUs or the folder do not allow it, before anything moves.
        Interrupted: what was written is back, what is done is kept.
    """
    began_ns = monotonic_ns()
    told = identity(session.site, session.blocks, session.told())
    book = Book(session.folder, told, resume=session.resume)
    done = Done()
    try:
        for record in _records(session, book):
            done.records.append(record)
    finally:
        book.close()
    done.wall_s = (monotonic_ns() - began_ns) / 1e9
    return done


def _records(session: Session, book: Book) -> Iterator[BlockRecord]:
    with ExitStack() as stack:
        rig: Rig | None = None
        for block in session.blocks:
            record = book.done.get(block.key)
            if record is None:
                book.begin(block)
                if block.skip:
                    record = block.record(Verdict.SKIPPED, block.skip)
                else:
                    rig = rig or _warm(session, stack)
                    record = _run(session, rig, block)
                book.end(record)
            session.done(record)
            yield record


def _warm(session: Session, stack: ExitStack) -> Rig:
    rig = Rig(session.site, session.options, stack, session.play)
    rig.warm_up()
    return rig


def _run(session: Session, rig: Rig, block: PlannedBlock) -> BlockRecord:
    def work(tell: Tell) -> BlockRecord:
        with ExitStack() as stack:
            if session.transport == "tcp":
                rig.connect(TcpInStep(stack))
            elif session.transport == "rtu":
                wiring, lines = own_lines(rig.wiring, session.line_faults, rig.seed)
                rig.connect(wiring=wiring, lines=lines)
            return run_block(rig, block, session.folder, tell)

    try:
        return in_branch(work)
    except HukkaError as error:
        return block.record(Verdict.INCONCLUSIVE, str(error))
