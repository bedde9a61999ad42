"""A bench from its first process to its last: started, watched, ended, whatever happens."""

import shutil
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hil.bench.field import check_watchdogs, lines, start_field
from hil.bench.layout import Layout, layout_of
from hil.bench.line_orders import order_line_faults
from hil.bench.options import Options
from hil.bench.plant_guard import HANG_S, PlantGuard
from hil.bench.silence import LOST_NS
from hil.bench.validity import explained
from hil.bench.wire import wire
from hil.bench.wiring import ControllerWiring, image_sizes
from hil.crew.crew import Child, Crew, Event
from hil.gate.interrupt import Interrupted, interruptible
from hil.historian import RecordingStopped, abandon
from hil.historian.header import FILE, Status
from hil.loop.image import Cell
from hil.loop.ring import RING_ROWS, Ring, row_type
from hil.loop.shared import SharedMemory
from twin.clock import monotonic_ns
from twin.errors import BadInput, HukkaError, LinkLost, PlantLost, refuse
from twin.site import FaultEvent, Site, load_site, parse_fault, parse_setting

START_S = 300.0
"""Longest time until a process is ready, compiling included [s]."""
UNLIMITED_S = 1e9
"""What takes as long as its user wants, and is given up as soon as it does not move [s]."""
LEAD_NS = 300_000_000
"""Time zero lies so far ahead when it is announced, for everybody to be there [ns]."""
LISTEN_S = 0.1
MOST_SAID = 1000
"""The latest so many sentences about ranges of validity are kept."""


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


def run_bench(
    options: Options,
    folder: Path,
    show: Callable[[Progress], None],
    *,
    hang_s: float = HANG_S,
) -> Outcome:
    """Run a bench and record it in `folder`; `show` is called when there is news.

    An FMU that is in one step for longer than `hang_s` [s] is given up.

    Raises:
        BadInput: something about the site, the options or the folder, before anything moved.
        Interrupted: Ctrl-C or SIGTERM before anything moved; later, it is in the outcome.
    """
    site = load_site(options.site)
    layout = layout_of(site)
    wiring = wire(site, layout)
    for text in options.faults:
        _check_fault(text, parse_fault(text, site), options)
    for text in options.settings:
        parse_setting(text, site)
    if options.pace == "real":
        check_watchdogs(wiring, options.cycle_ns)
    progress = Progress(site, layout, options)
    with interruptible() as ignore_signals, ExitStack() as stack:
        try:
            return _Bench(folder, progress, wiring, show, hang_s, stack).run()
        finally:
            ignore_signals()  # all is said; what is left is to see every process end


class _Bench:
    """The parent of a run's processes."""

    def __init__(
        self,
        folder: Path,
        progress: Progress,
        wiring: list[ControllerWiring],
        show: Callable[[Progress], None],
        hang_s: float,
        stack: ExitStack,
    ) -> None:
        layout, options = progress.layout, progress.options
        self._folder = folder
        self._progress = progress
        self._options = options
        self._wiring = wiring
        self._show = show
        self._sizes = image_sizes(len(layout.signals), wiring)
        # which parts count the ranges that they have left the children know: room for all of them
        n_truth = len(layout.truth) + len(progress.site.plant.parts)
        dtype = row_type(len(layout.signals), len(layout.commands), n_truth)
        self._ring = _shared(stack, Ring.size(dtype, RING_ROWS))
        self._image = _shared(stack, sum(Cell.size(n) for n in self._sizes))
        guarded = _shared(stack, PlantGuard.SIZE)
        self._guard = PlantGuard(guarded, tuple(progress.site.plant.parts), hang_s)
        self._lines = (
            [] if self._in_process else lines(progress.site, wiring, options.transport, folder)
        )
        self._faulty = order_line_faults(options, progress.site, wiring, self._lines)
        self._finished: Mapping[str, Any] | None = None
        shared = [m.descriptor for m in (self._ring, self._image, guarded)]
        inherited = [d for d in shared if d is not None]
        self._crew = stack.enter_context(Crew(_log_folder(folder), inherited))
        self._links: list[Child] = []
        self._controllers: list[Child] = []
        self._said: list[tuple[int, str, str]] = []

    @property
    def _in_process(self) -> bool:
        return self._options.transport == "loopback"

    def run(self) -> Outcome:
        """Start, follow to the end, and collect."""
        try:
            loop, watch = self._prepare()
        except (HukkaError, Interrupted) as refusal:
            self._leave_no_trace(refusal)
            raise
        error: BaseException | None = None
        try:
            self._begin(loop)
            self._follow()
        except (HukkaError, Interrupted) as caught:
            error = self._explained(caught)
            self._stop_loop(loop)
        return self._collect(watch, error)

    def _prepare(self) -> tuple[Child, Child]:
        """Loop and watch, ready; whatever is wrong with site or options shows here."""
        common = {
            "options": self._options.plain(),
            "ring": str(self._ring.path),
            "wiring": [w.plain() for w in self._wiring],
        }
        loop = self._crew.start(
            "loop",
            "hil.bench.loop_worker",
            {
                **common,
                "image": str(self._image.path),
                "guard": str(self._guard.path),
                "faulty": [f.plain() for f in self._faulty] if self._in_process else [],
            },
        )
        watch = self._crew.start(
            "watch",
            "hil.bench.watch_worker",
            {**common, "folder": str(self._folder), "line_events": self._line_events()},
        )
        said = self._crew.expect(loop, "ready", START_S)
        self._progress.messages += said.fields["notes"]
        if self._in_process:
            self._progress.messages += [
                f"{name}: played by hukka, because loopback reaches no real controller"
                for name, controller in self._progress.site.controllers.items()
                if not controller.emulated
            ]
        self._progress.messages += [f"{t / 1e9:g} s: {text}" for t, text in self._line_events()]
        watch.order(record=True, meters=said.fields["meters"])
        # alone: a plant that is lost meanwhile is a run that ends, not one that is refused
        said = self._crew.expect(watch, "ready", START_S, alone=True)
        self._progress.messages += said.fields["notes"]
        return loop, watch

    def _line_events(self) -> list[tuple[int, str]]:
        """When which serial line begins to fail, and when it is well again."""
        faults = [fault for line in self._faulty for fault in line.faults]
        ends = [(f.until_ns, f"{f.name} is over") for f in faults if f.until_ns is not None]
        ends = [end for end in ends if end[0] < self._options.duration_ns]
        return sorted([*((f.at_ns, f.text) for f in faults), *ends])

    def _leave_no_trace(self, refusal: BaseException) -> None:
        """Nothing has moved: take our logs away again, unless they are worth it, and the folder.

        The folder goes only if it is empty then: what else was in it is not ours.
        """
        self._crew.end()
        logs = list((self._folder / "log").iterdir())
        if isinstance(refusal, BadInput | Interrupted) or not any(f.stat().st_size for f in logs):
            shutil.rmtree(self._folder / "log")
        with suppress(OSError):
            self._folder.rmdir()

    def _begin(self, loop: Child) -> None:
        """Warm up, bring the field side up, and say when time begins."""
        warm = self._crew.expect(loop, "warm", UNLIMITED_S, meanwhile=self._guard.check_moving)
        if not self._in_process:
            self._links, self._controllers = start_field(
                self._crew,
                self._lines,
                self._wiring,
                self._image,
                self._sizes,
                warm.fields["controllers"],
                self._options.cycle_ns,
                {f.endpoint.name: f for f in self._faulty},
                self._progress.messages.append,
            )
        start_ns = monotonic_ns() + LEAD_NS
        for child in (*self._links, *self._controllers, loop):
            child.order(start_ns=start_ns)
        self._progress.transports = {
            w.name: str(line.endpoint.transport) for line in self._lines for w in line.wiring
        }

    def _follow(self) -> None:
        self._guard.begin_again(self._options.cycle_ns / 1e9)
        heard_ns = {child.name: monotonic_ns() + LEAD_NS for child in self._links}
        while self._finished is None:
            event = self._crew.next_event(LISTEN_S)
            if event is not None:
                heard_ns[event.child] = monotonic_ns()
                self._take(event)
            self._guard.check_moving()
            self._check_links(heard_ns)
            self._show(self._progress)

    def _check_links(self, heard_ns: Mapping[str, int]) -> None:
        """A link process that says nothing any more hangs, and its values are old."""
        patience_ns = max(LOST_NS, 3 * self._options.cycle_ns)
        for child in self._links:
            if monotonic_ns() - heard_ns[child.name] > patience_ns:
                raise LinkLost(
                    f"{child.name}: its process says nothing for {patience_ns / 1e9:g} s"
                )

    def _take(self, event: Event) -> None:
        match event.name:
            case "status":
                self._progress.status = event.fields
            case "health":
                self._progress.links.update(event.fields)
            case "validity":
                self._note_validity(**event.fields)
            case "silence":
                name, at_s = event.fields["controller"], event.fields["t_ns"] / 1e9
                said = "no heartbeat for its watchdog time, its outputs are fail-safe"
                self._progress.messages.append(f"{name}, at {at_s:.1f} s: {said}")
            case "running":
                self._progress.messages.append(f"loop: {event.fields['priority']}")
            case "finished":
                self._finished = event.fields
                self._progress.links.update(event.fields["links"])

    def _note_validity(self, t_ns: int, part: str, text: str) -> None:
        """What a model said about its ranges, in the warm-up or in the run."""
        self._said = [*self._said[1 - MOST_SAID :], (t_ns, part, text)]
        when = "in the warm-up" if t_ns <= 0 else f"at {t_ns / 1e9:g} s"
        self._progress.messages.append(f"{part}, {when}: {text}")

    def _explained(self, caught: BaseException) -> BaseException:
        """A loop that died in an FMU's code is that FMU's crash."""
        code = self._crew.children["loop"].process.poll()
        if code is None or not isinstance(caught, PlantLost):
            return caught
        return self._guard.crash(code) or caught

    def _stop_loop(self, loop: Child) -> None:
        """Let a loop that still lives end its cycle, so that the record is whole."""
        loop.order(stop=True)
        try:
            self._take(self._crew.expect(loop, "finished", 2.0, alone=True))
        except HukkaError:
            self._crew.dismiss(loop)  # in a step or a pause that is too long, or gone already

    def _collect(self, watch: Child, error: BaseException | None) -> Outcome:
        for child in self._links:
            child.order(stop=True)
        if self._finished is None:
            watch.order(end=True)  # nobody has closed the ring
        try:
            watched = self._crew.expect(watch, "summary", START_S, alone=True).fields
            summary = self._summary(watched)
            reason = None if error is None else str(error)
            watch.order(status=_status(error), result=summary, reason=reason)
            self._crew.expect(watch, "recorded", START_S, alone=True)
        except HukkaError as also:
            self._crew.dismiss(watch)
            abandon(self._folder, _status(error or also))
            return Outcome(None, error or also)
        except Interrupted as also:  # in the ending: the watch notices, and ends the record itself
            return Outcome(None, error or also)
        return Outcome(summary, error)

    def _summary(self, watched: Mapping[str, Any]) -> dict[str, Any]:
        for child in self._links:
            with suppress(HukkaError):
                said = self._crew.expect(child, "health", 1.0, alone=True)
                self._progress.links.update(said.fields)
        finished = self._finished or {}
        cycles = int(finished.get("cycles", watched["cycles"]))
        return {
            "site": self._progress.site.site,
            "duration_s": cycles * self._options.cycle_ns / 1e9,
            "cycles": cycles,
            "overruns": watched["overruns"],
            "dropped_rows": watched["dropped"],
            "lateness_us": watched["lateness_us"],
            "links": self._progress.links,
            "alarms": watched["alarms"],
            **{key: watched[key] for key in ("events", "journal", "unseen") if key in watched},
            "standing": [
                {"part": part, "standing": words, "reason": watched["reasons"].get(part)}
                for part, words in watched["standing"].items()
            ],
            "out_of_range": explained(watched["out_of_range"], self._said),
            "energy": watched["energy"],
            "kpi": watched["kpi"],
            "trace_sha256": watched["trace_sha256"],
            "run": str(self._folder),
        }


def _check_fault(text: str, event: FaultEvent, options: Options) -> None:
    if event.at_ns >= options.duration_ns:
        run_s = options.duration_ns / 1e9
        raise refuse("--fault", text, f"begins after the end of the run, which is at {run_s:g} s")
    if event.fault.kind in ("controller", "link") and options.transport != "loopback":
        rule = "controllers are processes of their own in this run; it takes --transport loopback"
        raise refuse("--fault", text, rule)


def _shared(stack: ExitStack, size: int) -> SharedMemory:
    memory = SharedMemory.create(size)
    stack.callback(memory.unlink)
    return memory


def _log_folder(run: Path) -> Path:
    """The folder for the logs of a new run.

    Raises:
        BadInput: `run` holds a run already, or no folder can be made there.
    """
    if (run / FILE).exists():
        raise BadInput(f"{run}: already holds a run; choose another --out")
    try:
        (run / "log").mkdir(parents=True)
    except FileExistsError:
        raise BadInput(f"{run / 'log'}: exists already; choose another --out") from None
    except OSError as error:
        raise BadInput(f"{run}: cannot record a run there: {error.strerror}") from None
    return run / "log"


def _status(error: BaseException | None) -> Status:
    match error:
        case None:
            return "done"
        case PlantLost():
            return "plant lost"
        case LinkLost():
            return "link lost"
        case RecordingStopped():
            return "recording stopped"
        case Interrupted():
            return "interrupted"
        case _:
            return "failed"
