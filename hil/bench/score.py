"""What a run comes to: alarms held against the injected faults, energy, KPIs, lateness."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import isfinite
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hil.bench.layout import Layout
from twin.diagnosis.alarms import Alarm
from twin.signals import conversion
from twin.site import FaultEvent, Site
from twin.site.kpi import account_energy, balance_error, kpi

J_PER_KWH = 3.6e6


class Score:
    """Takes the rows of a run; the meters at time zero are the start of the accounts.

    `begun` is where all of the truth stands before the first row [SI].
    """

    def __init__(
        self, site: Site, layout: Layout, events: Sequence[FaultEvent], begun: Sequence[float]
    ) -> None:
        self._site = site
        self._layout = layout
        self._events = sorted(events, key=lambda e: e.at_ns)
        self._first = self._last = np.array(begun, np.float64)
        self._late_us = np.empty(4096, np.float32)
        self._cycles = 0
        self._early: dict[str, Alarm] = {}
        self.alarms: list[dict[str, Any]] = []

    def take(self, rows: NDArray[np.void], alarms: Sequence[Alarm]) -> list[dict[str, Any]]:
        """Account for a block of rows; the alarms it raised or cleared, as the record has them.

        An alarm of the warm-up counts if it still stands when the run begins, as raised then.
        """
        for row in rows[rows["t_ns"] <= 0]:
            self._first = self._last = row["truth"].copy()
        run = rows[rows["t_ns"] > 0]
        if len(run):
            self._last = run[-1]["truth"].copy()
            self._keep_lateness(run["late_ns"] / 1e3)
        for alarm in alarms:
            if alarm.raised_ns <= 0:
                self._early[alarm.part] = alarm
        notes = [self._note(alarm) for alarm in alarms if alarm.raised_ns > 0]
        if len(run):
            early = [a for a in self._early.values() if not _is_over_by(a, 0)]
            notes += [self._note(replace(alarm, raised_ns=0)) for alarm in early]
            self._early.clear()
        return notes

    def take_event(self, alarm: Alarm, told: Mapping[str, Any]) -> dict[str, Any]:
        """The alarm of an event of the diagnosis, as the record has it; again when it is renamed.

        `told` has its number as `event`, what it is called as `named`, and its `text`.
        """
        return self._note(alarm, told)

    def lateness_us(self, latest: int | None = None) -> dict[str, float]:
        """Quantiles of the lateness of every cycle so far [µs], or of the `latest` cycles."""
        first = 0 if latest is None else max(0, self._cycles - latest)
        late = self._late_us[first : self._cycles] if self._cycles else np.zeros(1)
        p50, p99, p999 = np.quantile(late, (0.5, 0.99, 0.999), method="inverted_cdf")
        return {
            "p50": round(float(p50), 3),
            "p99": round(float(p99), 3),
            "p999": round(float(p999), 3),
            "max": round(float(late.max()), 3),
        }

    def _keep_lateness(self, late_us: NDArray[np.float64]) -> None:
        end = self._cycles + len(late_us)
        if end > len(self._late_us):  # 4 B a cycle: 24 MB in a week at 100 ms
            grown = np.empty(2 * end, np.float32)
            grown[: self._cycles] = self._late_us[: self._cycles]
            self._late_us = grown
        self._late_us[self._cycles : end] = late_us
        self._cycles = end

    def summary(self) -> dict[str, Any]:
        """The part of `--json` that comes from the rows."""
        energy = self._energy_J()
        kwh = {
            f"{name}_kWh": energy[name] / J_PER_KWH
            for name in ("it", "recovered", "delivered", "electric")
        }
        return {
            "cycles": self._cycles,
            "lateness_us": self.lateness_us(),
            "alarms": self.alarms,
            "energy": {**kwh, "balance_error": balance_error(energy)},
            "kpi": kpi(energy, self._site.factors),
        }

    def _energy_J(self) -> dict[str, float]:
        growth = self._last - self._first
        meters = dict(zip(self._layout.truth, growth.tolist(), strict=True))
        return account_energy(self._site.accounts, meters)

    def _note(self, alarm: Alarm, told: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The alarm as the record has it, credited to the latest fault of its part, if any."""
        raised_s = alarm.raised_ns / 1e9
        causes = [
            e for e in self._events if e.fault.part == alarm.part and e.at_ns <= alarm.raised_ns
        ]
        cause = causes[-1] if causes else None
        note: dict[str, Any] = {
            "part": alarm.part,
            "fault": None if cause is None else cause.fault.name,
            "raised_s": raised_s,
            "injected_s": None if cause is None else cause.at_ns / 1e9,
            "delay_s": None if cause is None else raised_s - cause.at_ns / 1e9,
            "signal": alarm.signal,
            "residual": alarm.residual if isfinite(alarm.residual) else None,
            "band": alarm.band,
            "cleared_s": None if alarm.cleared_ns is None else alarm.cleared_ns / 1e9,
            **({"text": _sentence(self._site, alarm)} if told is None else told),
        }
        for i, known in enumerate(self.alarms):
            if _identity(known) == _identity(note):
                self.alarms[i] = note
                return note
        self.alarms.append(note)
        return note


def _identity(note: Mapping[str, Any]) -> tuple[Any, ...]:
    return (note["event"],) if "event" in note else (note["part"], note["raised_s"])


def _is_over_by(alarm: Alarm, t_ns: int) -> bool:
    return alarm.cleared_ns is not None and alarm.cleared_ns <= t_ns


def _sentence(site: Site, alarm: Alarm) -> str:
    """What the alarm says, in the unit of the signal."""
    if not isfinite(alarm.residual):
        return f"{alarm.signal} has no good reading any more"
    signal = site.signals[alarm.signal]
    per_unit, _ = conversion(signal.unit, signal.si_unit)
    side = "above" if alarm.residual > 0 else "below"
    unit = "K" if signal.unit == "degC" else signal.unit
    return (
        f"{alarm.signal} is {abs(alarm.residual) / per_unit:.2f} {unit} {side} its prediction"
        f" (band {alarm.band / per_unit:.2g} {unit})"
    )
