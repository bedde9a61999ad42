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
from hil.commissioning.by_hand import Hands
from hil.commissioning.cabinets import cabinets_of, out_of_reach, who_they_are
from hil.commissioning.guard import Guard, played
from hil.commissioning.host import Host
from hil.commissioning.planned import PlannedBlock
from hil.commissioning.reach import Reach
from hil.commissioning.record import BlockRecord
from hil.commissioning.rig import Rig, RigOptions
from hil.commissioning.run_block import Around, run_block
from hil.commissioning.verdict import Verdict, worst
from hil.crew.apart import Tell
from hil.gate.files import make_folder
from twin.clock import monotonic_ns
from twin.errors import BadInput, HukkaError
from twin.site import Site


@dataclass(frozen=True)
class Session:
    """What is run, how and where."""

    site: Site
    blocks: Sequence[PlannedBlock]
    folder: Path
    options: RigOptions = field(default_factory=RigOptions)
    transport: str = "loopback"
    """Also `tcp` and `rtu`; in real time `site`, the links of its file."""
    line_faults: Sequence[str] = ()
    """What is wrong with the emulated lines of transport `rtu`."""
    real_time: bool = False
    settle_ns: int = 0
    """Time between what was before and a block [ns]: controllers in real time have a past."""
    hands: Hands = field(default_factory=Hands)
    guard: Guard | None = None
    """None: the plant is simulated whole, and the gate keeps its books in the run's folder."""
    play: Play = make_controller
    resume: bool = False
    unconfined: str | None = None
    """Why the code of FMUs is not shut in; None: it is."""
    say: Callable[[str], None] = lambda text: None
    """Hears what came of that."""
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
            "pace": "real" if self.real_time else "max",
            "settle_ns": self.settle_ns,
            "by": self.hands.operator.name,
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
        NotPutBack: a cabinet holds something that was not there before.
        Interrupted: what was written is back, what is done is kept.
    """
    began_ns = monotonic_ns()
    reach = _reach(session)
    guard = session.guard or played(session.folder, session.site.site)
    told = {
        **identity(session.site, session.blocks, session.told()),
        "devices": who_they_are(session.site, reach.lines),
        "instruments": [one.plain() for one in session.hands.instruments.values()],
    }
    book = Book(session.folder, told, resume=session.resume)
    done = Done()
    try:
        guard.put_back()
        for record in _Run(session, guard, reach, book).records():
            done.records.append(record)
    finally:
        book.close()
    done.wall_s = (monotonic_ns() - began_ns) / 1e9
    return done


def _reach(session: Session) -> Reach:
    reach = Reach(
        session.site, session.transport, session.line_faults, session.real_time, play=session.play
    )
    return reach.in_folder(session.folder, session.options.period_ns)


class _Run:
    """The blocks of a session, one after the other, each from the warmed-up plant on."""

    def __init__(self, session: Session, guard: Guard, reach: Reach, book: Book) -> None:
        self._session, self._guard, self._reach, self._book = session, guard, reach, book
        self._around = Around(session.folder, guard, session.hands, session.settle_ns, book.step)
        self._cabinets = cabinets_of(session.site) if session.real_time else []

    def records(self) -> Iterator[BlockRecord]:
        """What comes of each block, or came of it already."""
        with ExitStack() as stack:
            host: Host | None = None
            book = self._book
            for block in self._session.blocks:
                record = book.done.get(block.key)
                if record is None:
                    book.begin(block, self._guard.lines())
                    if why := self._why_not(block):
                        record = block.record(Verdict.SKIPPED, why)
                        book.end(record)
                    else:
                        host = host or self._warm(stack)
                        record = self._kept(host, block)
                self._session.done(record)
                yield record

    def _why_not(self, block: PlannedBlock) -> str:
        if block.skip or not self._session.real_time:
            return block.skip
        site, somebody = self._session.site, self._session.hands.somebody
        return out_of_reach(block, site, self._cabinets, somebody=somebody)

    def _warm(self, stack: ExitStack) -> Host:
        session = self._session
        make_folder(self._guard.folder)  # what is not there cannot be left open
        write = [session.folder, self._guard.folder]
        blocks = {block.key: block for block in session.blocks}
        host = Host(
            session.options,
            self._reach,
            lambda rig, key: self._run(rig, blocks[key]).plain(),
            unconfined=session.unconfined,
            write=write,
        )
        stack.callback(host.close)
        self._book.confined(host.confined)
        session.say(f"FMUs: {host.confined}")
        return host

    def _kept(self, host: Host, block: PlannedBlock) -> BlockRecord:
        """What came of a block, in the book before anything can go wrong behind it."""
        try:
            record = self._asked(host, block)
            self._book.end(record)
        finally:
            try:
                self._guard.put_back()
            finally:
                self._guard.keep(self._session.folder)
        return record

    def _asked(self, host: Host, block: PlannedBlock) -> BlockRecord:
        try:
            return BlockRecord.of(host.ask(block.key))
        except BadInput:
            raise  # no verdict on a controller that was never reached: a port is taken, a disk full
        except HukkaError as error:
            return block.record(Verdict.INCONCLUSIVE, str(error))

    def _run(self, rig: Rig, block: PlannedBlock) -> BlockRecord:
        def work(tell: Tell) -> BlockRecord:
            with ExitStack() as stack:
                rig.tell = tell
                return run_block(rig, block, self._around, lambda: self._reach.connect(rig, stack))

        return in_branch(work)
