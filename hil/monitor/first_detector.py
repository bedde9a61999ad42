"""The first detector on rows of a plant: predictions of every row, and alarms as events.

It is what judges where nothing was learned yet. It knows that a part deviates, and not why.
"""

from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from math import isnan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hil.bench.assemble import make_twin, open_parts, validity_of
from hil.bench.layout import layout_of
from hil.monitor.seen import seen_of
from twin.closing import Closing
from twin.diagnosis.alarms import Alarm, Standing
from twin.errors import PlantLost
from twin.observers.gaps import Rows
from twin.observers.hypotheses import band_of
from twin.site.model import Site

DEAD = "dead"
"""What the catalogue of faults calls a sensor without a good reading, after its name."""


@dataclass
class Numbered:
    """Alarms of the first detector by the number of their event.

    Numbers are below 0: those above are the diagnosis's.
    """

    given: int = 0
    open: dict[tuple[str, str, int], int] = field(default_factory=dict)
    """Part, signal and time of raising [ns] of those that stand."""

    def number(self, alarm: Alarm) -> int:
        """Of the event of an alarm, which is the same when it is raised and when it clears."""
        key = (alarm.part, alarm.signal, alarm.raised_ns)
        if key not in self.open:
            self.given -= 1
            self.open[key] = self.given
        number = self.open[key]
        if alarm.cleared_ns is not None:
            del self.open[key]
        return number


class FirstDetector(Closing):
    """Predicts and judges; close it, or use `with`."""

    def __init__(
        self,
        site: Site,
        period_ns: int,
        stack: ExitStack,
        unread: Collection[str] = (),
        reckoned: Sequence[str] = (),
    ) -> None:
        """Open the models of the watched parts; what is opened is closed with `stack`.

        Nobody can be asked for `unread`: parts that need it are not observable; what else is
        watched of it is predicted, and not judged. So are `reckoned` outputs.

        Raises:
            BadInput: as `open_parts`.
        """
        told_of = layout_of(site, reckoned=reckoned)
        bands = [band_of(site, name) for name in told_of.watched]
        site, self._blind = seen_of(site, unread)
        self._site, self._period_ns = site, period_ns
        self._parts = open_parts(site, stack)
        judged = layout_of(site).watched
        seen = [name for name in told_of.predicted if name.partition(".")[0] in site.twin]
        told = [name for name in seen if name not in judged]
        self._layout = layout_of(site, validity_of(self._parts), told)
        self.width = len(told_of.predicted)
        """Columns of what is predicted [-]."""
        self._columns = [told_of.predicted.index(name) for name in self._layout.predicted]
        self._numbered = Numbered()
        self._switches = {
            part: self._layout.command(told.settle.switch)
            for part, told in site.twin.items()
            if told.settle is not None
        }
        self._on: dict[str, bool] = {}
        self.restarts = 0
        """How often its models had to begin anew because one failed [-]."""
        self._begin()
        self.bands = np.array(bands)
        """Half-width around each prediction that is watched [SI]."""

    def take(self, rows: Rows) -> tuple[NDArray[np.float64], list[Alarm]]:
        """Predictions float64[rows, width] [SI] and alarms that were raised or cleared."""
        self._note_switches(rows)
        try:
            followed = self._twin.follow(*rows)
        except PlantLost:  # inputs that a model cannot bear
            self.restarts += 1
            self.close()
            self._begin()
            return np.full((len(rows.t_ns), self.width), np.nan), []
        return self._over_all(followed.predicted), followed.alarms

    def _over_all(self, own: NDArray[np.float64]) -> NDArray[np.float64]:
        """Columns of all that is to be predicted, NaN where nothing is known of it here."""
        found = np.full((*own.shape[:-1], self.width), np.nan)
        found[..., self._columns] = own
        return found

    def _note_switches(self, rows: Rows) -> None:
        for part, column in self._switches.items():
            known = np.flatnonzero(rows.commanded[:, column])
            if len(known):
                self._on[part] = bool(rows.commands[known[-1], column] > 0.5)

    @property
    def off(self) -> list[str]:
        """Parts that their controllers have switched off."""
        return sorted(part for part, on in self._on.items() if not on)

    def told(self, alarm: Alarm) -> dict[str, Any]:
        """An alarm in the shape of an event of the diagnosis (`hil.replay.judging.plain`)."""
        silent = isnan(alarm.residual)
        unit = self._site.signals[alarm.signal].si_unit
        return {
            "number": self._numbered.number(alarm),
            "state": "",
            "part": alarm.part,
            "fault": f"{alarm.signal}.{DEAD}" if silent else None,
            "verdict": "unknown",
            "size": None if silent else alarm.residual,
            "low": None,
            "high": None,
            "unit": unit,
            "drift": False,
            "probability": 1.0,
            "since_s": alarm.raised_ns / 1e9,
            "raised_s": alarm.raised_ns / 1e9,
            "cleared_s": None if alarm.cleared_ns is None else alarm.cleared_ns / 1e9,
            "group": [],
            "evidence": [
                {
                    "signal": alarm.signal,
                    "share": 1.0,
                    "innovation": 0.0 if silent else alarm.residual,
                }
            ],
            "consequences": [],
            "window": "first detector",
            "check": "",
            "band": alarm.band,
        }

    @property
    def alarms(self) -> list[Alarm]:
        """Those that stand."""
        return [state.alarm for state in self._twin.states.values() if state.alarm is not None]

    def standing(self) -> dict[str, str]:
        """What can be said of each part, in the words of the diagnosis where it has one."""
        words = {"watched": "healthy", "alarm": "unknown", "input suspect": "undecided"}
        said = {part: words.get(word, word) for part, word in self._twin.standing().items()}
        return said | dict.fromkeys(self._blind, Standing.NOT_OBSERVABLE.value)

    def reasons(self) -> dict[str, str]:
        """Why parts are not observable, or undecided."""
        return self._twin.reasons() | self._blind

    def kept(self) -> Any:  # noqa: ANN401 - for `pickling`
        """What `take_up` of another one needs."""
        models = [p.kept() for p in self._predictors]
        return vars(self._twin), models, self._numbered, self._on

    def take_up(self, kept: Any) -> None:  # noqa: ANN401
        """Go on from what another one has `kept`."""
        twin, models, self._numbered, self._on = kept
        for predictor, state in zip(self._predictors, models, strict=True):
            predictor.take_up(state)
        vars(self._twin).update(twin)

    @property
    def apart(self) -> dict[str, object]:
        """What of it cannot be written down, by name."""
        return {f"predictor {i}": p for i, p in enumerate(self._predictors)}

    def close(self) -> None:
        """End the models; the files are closed with the stack."""
        for predictor in self._predictors:
            predictor.close()

    def _begin(self) -> None:
        self._twin, self._predictors = make_twin(
            self._site, self._layout, self._parts, self._period_ns
        )
