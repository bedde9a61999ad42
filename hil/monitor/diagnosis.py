"""The twin that has learned, on rows of a plant: news of its events as they come."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from hil.replay.calibrated import as_learned
from hil.replay.judging import plain
from hil.replay.known import known_of
from hil.replay.watching import Watching
from twin.closing import Closing
from twin.diagnosis.isa import State
from twin.diagnosis.settings import Settings
from twin.estimation.step import Step
from twin.observers.gaps import Rows
from twin.site.model import Site

FORGET = 0.05
"""Share of a new Step in the consistency that is shown: half an hour's memory [-]."""


@dataclass
class News:
    """What happened by `t_ns` [ns]: events as JSON (`hil.replay.judging.plain`)."""

    t_ns: int
    events: list[dict[str, Any]] = field(default_factory=list)


class Diagnosis(Closing):
    """Observer and diagnosis of a site; close it, or use `with`."""

    def __init__(self, site: Site, period_ns: int, learned: Path) -> None:
        """Open the models and read what commissioning has learned.

        Raises:
            BadInput: nothing is watched, nothing can follow an FMU, or `learned` is not of here.
        """
        self._watching = Watching(as_learned(site, learned), period_ns)
        try:
            self._learned = known_of(self._watching, learned)
            self._watch = self._watching.watch(self._learned, Settings())
        except BaseException:
            self._watching.close()
            raise
        self.site_hash = self._watching.site_hash
        parts = self._watching.plant.parts
        self._consistency: dict[str, float] = dict.fromkeys(parts, np.nan)
        self.off: list[str] = []
        """Parts that their controllers have switched off."""
        self._rows_of = {
            part: np.array([name.startswith(f"{part}.") for name in self._watching.plant.signals])
            for part in parts
        }

    def take(self, rows: Rows) -> list[News]:
        """Follow a block of rows, however they are cut; what events did."""
        news = [self._step(step) for step in self._watching.observer.each(*rows)]
        return [n for n in news if n.events]

    def _step(self, step: Step) -> News:
        self._weigh(step)
        told = [plain(event, 0, State.NORMAL) for event in self._watch.take(step)]
        self.off = sorted(self._watching.off(step))
        return News(step.t_ns, told)

    def _weigh(self, step: Step) -> None:
        """Innovations squared over their variance, of late."""
        for part, rows in self._rows_of.items():
            used = rows & step.usable
            if not used.any():
                continue
            ratio = float(np.mean(step.innovation[used] ** 2 / step.variance[used]))
            known = self._consistency[part]
            self._consistency[part] = ratio if known != known else known + FORGET * (ratio - known)

    def open_told(self) -> list[dict[str, Any]]:
        """The events that stand as they are known now, as JSON."""
        return [plain(event, 0, State.NORMAL) for event in self._watch.events]

    def consistency(self) -> dict[str, float | None]:
        """Of each part: normalised innovations squared over their expectation [-]."""
        return {part: x if x == x else None for part, x in self._consistency.items()}

    def standing(self) -> dict[str, str]:
        """What can be said of each part now, in words."""
        return {part: self._watch.standing(part).value for part in self._watching.plant.parts}

    def reasons(self) -> dict[str, str]:
        """Why parts are not observable, or undecided, or what would not be seen of healthy ones."""
        said = {part: self._watch.remark(part) for part in self._watching.plant.parts}
        known = {part: remark for part, remark in said.items() if remark}
        return known | self._watching.observer.reasons()

    def kept(self) -> Any:  # noqa: ANN401 - for `pickling`
        """What `take_up` of another one needs.

        Raises:
            BadInput: an FMU cannot save its state.
        """
        observer = self._watching.observer
        models = {name: model.kept() for name, model in observer.models.items()}
        return vars(observer), models, self._watch, self._consistency, self.off

    def take_up(self, kept: Any) -> None:  # noqa: ANN401
        """Go on from what another one has `kept`."""
        observer, models, self._watch, self._consistency, self.off = kept
        for name, model in self._watching.observer.models.items():
            model.take_up(models[name])
        vars(self._watching.observer).update(observer)

    @property
    def apart(self) -> dict[str, object]:
        """What of it cannot be written down, by name."""
        observer = self._watching.observer
        return {
            "observer": observer,
            "site": observer.site,
            "learned": self._learned,
            **{f"model {part}": model for part, model in observer.models.items()},
            **{f"begin {part}": begin for part, begin in observer.begins.items()},
        }

    def close(self) -> None:
        """End the models."""
        self._watching.close()
