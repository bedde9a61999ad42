"""A bench from its first process to its last: started, watched, ended, whatever happens."""

import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hil.bench.crew import Child, Crew, Event, failure
from hil.bench.field import lines, start_field
from hil.bench.layout import Layout, layout_of
from hil.bench.options import Options
from hil.bench.plant_guard import PlantGuard
from hil.bench.wire import wire
from hil.bench.wiring import ControllerWiring, image_sizes
from hil.historian import abandon
from hil.historian.header import Status
from hil.loop.image import Cell
from hil.loop.ring import RING_ROWS, Ring, row_type
from hil.loop.shared import SharedMemory
from twin.clock import monotonic_ns
from twin.errors import HukkaError, LinkLost, PlantLost
from twin.site import Site, load_site, parse_fault, parse_setting

START_S = 300.0
"""Longest time until a process is ready, compiling and warming up included [s]."""
LEAD_NS = 300_000_000
"""Time zero lies so far ahead when it is announced, for everybody to be there [ns]."""
LISTEN_S = 0.1


@dataclass
class Progress:
    """What is known of a run while it goes on."""

    site: Site
    layout: Layout
    options: Options
    transports: Mapping[str, str] = field(default_factory=dict)
    """How each controller is reached."""
    status: Mapping[str, Any] = field(default_factory=dict)
    """The latest status of the watch; empty before the first."""
    links: dict[str, dict[str, Any]] = field(default_factory=dict)
    messages: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Outcome:
    """How a run ended: the object of `--json`, and what ended it early, if anything did."""

    summary: Mapping[str, Any] | None
    error: BaseException | None


class Interrupted(KeyboardInterrupt):
    """Ctrl-C or SIGTERM: the run is ended in order, and recorded as interrupted."""


def run_bench(options: Options, folder: Path, show: Callable[[Progress], None]) -> Outcome:
    """Run a bench and record it in `folder`; `show` is called when there is news.

    Raises:
        BadInput: something about the site, the options or the folder, before anything moved.
    """
    site = load_site(options.site)
    layout = layout_of(site)
    wiring = wire(site, layout)
    for text in options.faults:
        parse_fault(text, site)
    for text in options.settings:
        parse_setting(text, site)
    progress = Progress(site, layout, options)
    with _interruptible(), ExitStack() as stack:
        return _Bench(folder, progress, wiring, show, stack).run()


class _Bench:
    """The parent of a run's processes."""

    def __init__(
        self,
        folder: Path,
        progress: Progress,
        wiring: list[ControllerWiring],
        show: Callable[[Progress], None],
        stack: ExitStack,
    ) -> None:
        layout, options = progress.layout, progress.options
        self._folder = folder
        self._progress = progress
        self._options = options
        self._wiring = wiring
        self._show = show
        self._sizes = image_sizes(len(layout.signals), wiring)
        dtype = row_type(len(layout.signals), len(layout.commands), len(layout.truth))
        self._ring = _shared(stack, Ring.size(dtype, RING_ROWS))
        self._image = _shared(stack, sum(Cell.size(n) for n in self._sizes))
        self._guard = PlantGuard(_shared(stack, PlantGuard.SIZE), tuple(progress.site.plant.parts))
        self._lines = [] if self._in_process else lines(progress.site, wiring, options, folder)
        self._finished: Mapping[str, Any] | None = None
        logs = folder / "log"
        logs.mkdir(parents=True, exist_ok=True)
        self._crew = stack.enter_context(Crew(logs))
        self._links: list[Child] = []

    @property
    def _in_process(self) -> bool:
        return self._options.transport == "loopback"

    def run(self) -> Outcome:
        """Start, follow to the end, and collect."""
        common = {
            "options": self._options.plain(),
            "ring": str(self._ring.path),
            "wiring": [w.plain() for w in self._wiring],
        }
        loop = self._crew.start(
            "loop",
            "hil.bench.loop_worker",
            {**common, "image": str(self._image.path), "guard": str(self._guard.path)},
        )
        try:
            said = self._crew.expect(loop, "ready", START_S)
        except HukkaError:
            self._leave_no_trace()
            raise
        self._progress.messages += said.fields["notes"]
        watch = self._crew.start(
            "watch", "hil.bench.watch_worker", {**common, "folder": str(self._folder)}
        )
        self._crew.expect(watch, "ready", START_S)
        error: BaseException | None = None
        try:
            self._begin(loop)
            self._follow()
        except (HukkaError, Interrupted) as caught:
            error = self._explained(caught)
            self._stop_loop(loop)
        return self._collect(watch, error)

    def _leave_no_trace(self) -> None:
        """Nothing has moved: take the folder away again, unless somebody else uses it."""
        self._crew.end()
        shutil.rmtree(self._folder / "log")
        with suppress(OSError):
            self._folder.rmdir()

    def _begin(self, loop: Child) -> None:
        """Warm up, bring the field side up, and say when time begins."""
        warm = self._crew.expect(loop, "warm", START_S)
        if not self._in_process:
            self._links = start_field(
                self._crew,
                self._lines,
                self._wiring,
                self._image,
                self._sizes,
                warm.fields["controllers"],
                self._options.cycle_ns,
            )
        start_ns = monotonic_ns() + LEAD_NS
        for child in (*self._links, loop):
            child.order(start_ns=start_ns)
        self._progress.transports = {
            w.name: str(line.endpoint.transport) for line in self._lines for w in line.wiring
        }

    def _follow(self) -> None:
        while self._finished is None:
            event = self._crew.next_event(LISTEN_S)
            if event is not None:
                self._take(event)
            self._guard.check_moving()
            self._show(self._progress)

    def _take(self, event: Event) -> None:
        match event.name:
            case "status":
                self._progress.status = event.fields
            case "health":
                self._progress.links.update(event.fields)
            case "running":
                self._progress.messages.append(f"loop: {event.fields['priority']}")
            case "finished":
                self._finished = event.fields
                self._progress.links.update(event.fields["links"])
            case "failed" | "exit":
                raise failure(event)

    def _explained(self, caught: BaseException) -> BaseException:
        """A loop that died in an FMU's code is that FMU's crash."""
        loop = self._crew.children.get("loop")
        if isinstance(caught, PlantLost) and loop is not None:
            code = loop.process.poll()
            part = self._guard.running_part()
            if code is not None and code < 0 and part is not None:
                name = signal.Signals(-code).name
                return PlantLost(
                    f"{part}: its FMU crashed ({name}) at t = {self._guard.time_s():g} s"
                )
        return caught

    def _stop_loop(self, loop: Child) -> None:
        """Let a loop that still lives end its cycle, so that the record is whole."""
        loop.order(stop=True)
        with suppress(HukkaError):
            self._finished = self._crew.expect(loop, "finished", 2.0).fields

    def _collect(self, watch: Child, error: BaseException | None) -> Outcome:
        for child in self._links:
            child.order(stop=True)
        if self._finished is None:
            watch.order(end=True)  # nobody has closed the ring
        try:
            summary = self._summary(self._crew.expect(watch, "summary", START_S).fields)
            watch.order(status=_status(error), result=summary)
            self._crew.expect(watch, "recorded", START_S)
        except HukkaError as also:
            abandon(self._folder, _status(error or also))
            return Outcome(None, error or also)
        return Outcome(summary, error)

    def _summary(self, watched: Mapping[str, Any]) -> dict[str, Any]:
        for child in self._links:
            with suppress(HukkaError):
                self._progress.links.update(self._crew.expect(child, "health", 1.0).fields)
        finished = self._finished or {}
        cycles = int(finished.get("cycles", watched["cycles"]))
        return {
            "site": self._progress.site.site,
            "duration_s": cycles * self._options.cycle_ns / 1e9,
            "cycles": cycles,
            "overruns": finished.get("overruns", 0),
            "dropped_rows": finished.get("dropped", 0),
            "lateness_us": watched["lateness_us"],
            "links": self._progress.links,
            "alarms": watched["alarms"],
            "energy": watched["energy"],
            "kpi": watched["kpi"],
            "trace_sha256": watched["trace_sha256"],
            "run": str(self._folder),
        }


def _shared(stack: ExitStack, size: int) -> SharedMemory:
    memory = SharedMemory.create(size)
    stack.callback(memory.unlink)
    return memory


def _status(error: BaseException | None) -> Status:
    match error:
        case None:
            return "done"
        case PlantLost():
            return "plant lost"
        case LinkLost():
            return "link lost"
        case Interrupted():
            return "interrupted"
        case _:
            return "failed"


@contextmanager
def _interruptible() -> Iterator[None]:
    """SIGTERM ends a run as Ctrl-C does, and a second one does not disturb the ending."""

    def interrupt(*_: object) -> None:
        for number in before:
            signal.signal(number, signal.SIG_IGN)
        raise Interrupted

    before = {s: signal.getsignal(s) for s in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, interrupt)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
