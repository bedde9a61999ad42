"""Commissions every plant, then runs its scenarios; what is finished is kept at once."""

import hashlib
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from hil.campaign.folder import Folder
from hil.campaign.outcome import Outcome
from hil.campaign.plant import PlantSpec
from hil.campaign.scenario import (
    Scenario,
    Wanted,
    drawn,
    everything,
    quiet,
    scenarios_of,
)
from hil.campaign.sources import code
from hil.campaign.work import Commissioned, Place, commission, judge
from twin.errors import HukkaError
from twin.site import Site, boundary_files

FAULTS_A_PLANT = 8
"""Single faults of a plant where they are drawn [-]."""


@dataclass(frozen=True)
class Plan:
    """What a campaign is; the same plan gives the same results."""

    site: str
    plants: tuple[PlantSpec, ...]
    faults: tuple[Wanted, ...] | str
    days: float
    """Fault-free time of each plant [d]."""
    commissioning_days: float
    seed: int

    def identity(
        self, site: Site, fmus: Mapping[str, Mapping[str, Path]], data: Path | None
    ) -> dict[str, Any]:
        """By what a folder knows that it belongs to this plan; `data` is that of measured data."""
        files = {*(site.fmu_path(p) for p in site.plant.parts)}
        files |= {path for of in fmus.values() for path in of.values()}
        models = hashlib.sha256(b"".join(f.read_bytes() for f in sorted(files)))
        faults = self.faults if isinstance(self.faults, str) else [_plain(w) for w in self.faults]
        return {
            "site": site.site,
            "site_hash": _hash(site.document.path),
            "models": models.hexdigest(),
            "outside": {f.name: _hash(f) for f in boundary_files(site, data)},
            "hukka": version("hukka"),
            "code": code(),  # a version changes with a release, results with any line
            "plants": [p.model_dump(mode="json") for p in self.plants],
            "faults": faults,
            "days": self.days,
            "commissioning_days": self.commissioning_days,
            "seed": self.seed,
        }


@dataclass(frozen=True)
class Progress:
    """How far a campaign is [-]; the total grows while plants are commissioned."""

    done: int
    total: int
    what: str


class Campaign:
    """Runs a plan; `outcomes` and `margins` are what has come of it."""

    def __init__(
        self,
        plan: Plan,
        site: Site,
        places: Mapping[str, Place],
        folder: Folder,
        executor: Executor,
        tell: Callable[[Progress], None],
        at_once: int | None = None,
    ) -> None:
        """Plants are begun while fewer than `at_once` runs wait, or all of them if that is None.

        So whoever looks in the middle finds some plants whole, and not all of them half done.
        """
        self._plan, self._site, self._places = plan, site, places
        self._folder, self._executor, self._tell = folder, executor, tell
        self.outcomes: dict[str, Outcome] = {}
        self.margins: dict[str, dict[str, float | None]] = {}
        self.lost: dict[str, str] = {}
        """Plant: why its twin could not be commissioned."""
        self._waiting: dict[Future[Any], tuple[int, Scenario | None]] = {}
        self._later: dict[str, tuple[int, list[Scenario], bytes]] = {}
        """Key of quiet days: what comes after them."""
        self._at_once = at_once or len(plan.plants)
        self._done, self._total = 0, len(plan.plants)

    def run(self) -> None:
        """To the end. Interrupted, it loses what was running."""
        to_begin = deque(enumerate(self._plan.plants))
        with ExitStack() as stack:
            stack.callback(self._cancel)
            while to_begin or self._waiting:
                while to_begin and len(self._waiting) < self._at_once:
                    self._begin(*to_begin.popleft())
                done, _ = wait(self._waiting, return_when=FIRST_COMPLETED)
                for future in done:
                    self._finish(future)

    def _begin(self, number: int, plant: PlantSpec) -> None:
        if (before := self._folder.commissioned(plant.name)) is not None:
            self._follow(number, before)
            return
        days, seed = self._plan.commissioning_days, plant.seed
        told = plant.model_dump(mode="json")
        place = self._places[plant.name]
        future = self._executor.submit(commission, place, told, days, seed)
        self._waiting[future] = number, None

    def _finish(self, future: Future[Any]) -> None:
        number, scenario = self._waiting.pop(future)
        plant = self._plan.plants[number]
        if scenario is None:
            try:
                done = Commissioned.of(future.result())
            except (HukkaError, ValueError, ArithmeticError) as error:
                self.lost[plant.name] = str(error)
                self._count(plant.name)
                return
            self._folder.keep_commissioned(plant.name, plant.model_dump(mode="json"), done)
            self._follow(number, done)
            return
        try:
            outcome = Outcome.of(future.result())
        except (HukkaError, ValueError, ArithmeticError) as error:
            # one plant that nobody could compute is a line of the report, not the end of it
            text = str(error) if type(error) is ValueError else f"{type(error).__name__}: {error}"
            outcome = Outcome(scenario, plant.role, 0, 0, error=text)
        self._folder.keep_outcome(outcome)
        self._take(outcome)

    def _follow(self, number: int, done: Commissioned) -> None:
        """What comes after commissioning: the runs that are not finished yet."""
        plant = self._plan.plants[number]
        self.margins[plant.name] = done.margins
        self._count(plant.name)
        scenarios = list(self._scenarios(number, done.margins))
        self._total += len(scenarios)
        if scenarios and scenarios[0].kind == "quiet":
            first, *others = scenarios
            later = {s.key: s.begin_d for s in others}
            self._later[first.key] = number, others, done.learned
            self._judge(number, first, done.learned, later=later)
        else:
            for scenario in scenarios:
                self._judge(number, scenario, done.learned)

    def _judge(self, number: int, scenario: Scenario, learned: bytes, **with_: Any) -> None:  # noqa: ANN401
        """Take a run that was finished before, or submit it."""
        if (kept := self._folder.outcome(scenario.key)) is not None:
            self._take(kept)
            return
        plant = self._plan.plants[number]
        told, place = plant.model_dump(mode="json"), self._places[plant.name]
        future = self._executor.submit(judge, place, told, scenario.plain(), learned, **with_)
        self._waiting[future] = number, scenario

    def _take(self, outcome: Outcome) -> None:
        """Of a finished run; faults begin with what the quiet days had taught until then."""
        key = outcome.scenario.key
        self.outcomes[key] = outcome
        number, others, learned = self._later.pop(key, (0, [], b""))
        self._count(key)
        for scenario in others:
            if outcome.error is not None:  # what the watch of this one would begin with is lost
                why = f"not run: {key} failed"
                self._take(Outcome(scenario, outcome.role, 0, 0, error=why))
                continue
            lived = outcome.lived.get(scenario.key)
            self._judge(number, scenario, learned, lived=lived)

    def _scenarios(self, number: int, margins: Mapping[str, float | None]) -> Iterator[Scenario]:
        plan, plant = self._plan, self._plan.plants[number]
        begin_d = plan.commissioning_days
        if plan.days > 0.0:
            yield quiet(plant.name, begin_d, plan.days, plant.seed + 1)
        seen = [name for name, margin in margins.items() if margin is not None and margin >= 0.0]
        for wanted in _wanted(plan, self._site, seen, number):
            yield from scenarios_of(
                self._site, plant.name, wanted, begin_d, plan.days, plant.seed + 2
            )

    def _count(self, what: str) -> None:
        self._done += 1
        self._tell(Progress(self._done, self._total, what))

    def _cancel(self) -> None:
        for future in self._waiting:
            future.cancel()


def _wanted(plan: Plan, site: Site, seen: Sequence[str], number: int) -> Sequence[Wanted]:
    match plan.faults:
        case "none":
            return ()
        case "all":
            return everything(site, seen)
        case "drawn":
            return drawn(site, seen, number, FAULTS_A_PLANT, plan.seed)
        case str():
            raise AssertionError(plan.faults)
        case several:
            return several


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _plain(wanted: Wanted) -> str:
    names = (n if s is None else f"{n}={s:g}" for n, s in wanted.faults)
    return ("?" if wanted.kind == "unknown" else "") + "+".join(names)
