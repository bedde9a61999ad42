"""What a run comes to: alarms held against the injected faults, energy, KPIs, lateness."""

from collections.abc import Sequence
from dataclasses import replace
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
    """Takes the rows of a run; the meters at time zero are the start of the accounts."""

    def __init__(self, site: Site, layout: Layout, events: Sequence[FaultEvent]) -> None:
        self._site = site
        self._layout = layout
        self._events = sorted(events, key=lambda e: e.at_ns)
        self._first: NDArray[np.float64] | None = None
        self._last: NDArray[np.float64] | None = None
        self._late_ns: list[NDArray[np.int64]] = []
        self._early: dict[str, Alarm] = {}
        self.alarms: list[dict[str, Any]] = []

    def take(self, rows: NDArray[np.void], alarms: Sequence[Alarm]) -> list[dict[str, Any]]:
        """Account for a block of rows; the alarms it raised or cleared, as the record has them.

        An alarm of the warm-up counts if it still stands when the run begins, as raised then.
        """
        for row in rows[rows["t_ns"] <= 0]:
            self._first = row["truth"].copy()
        run = rows[rows["t_ns"] > 0]
        if len(run):
            self._first = run[0]["truth"].copy() if self._first is None else self._first
            self._last = run[-1]["truth"].copy()
            self._late_ns.append(run["late_ns"].copy())
        for alarm in alarms:
            if alarm.raised_ns <= 0:
                self._early[alarm.part] = alarm
        notes = [self._note(alarm) for alarm in alarms if alarm.raised_ns > 0]
        if len(run):
            early = [a for a in self._early.values() if not _is_over_by(a, 0)]
            notes += [self._note(replace(alarm, raised_ns=0)) for alarm in early]
            self._early.clear()
        return notes

    def lateness_us(self, latest_blocks: int = 0) -> dict[str, float]:
        """Quantiles of the lateness of every cycle so far [µs], or of the latest few blocks."""
        blocks = self._late_ns[-latest_blocks:] or [np.zeros(1, np.int64)]
        late = np.concatenate(blocks)
        p50, p99, p999 = np.quantile(late, (0.5, 0.99, 0.999), method="inverted_cdf") / 1e3
        return {
            "p50": float(p50),
            "p99": float(p99),
            "p999": float(p999),
            "max": float(late.max() / 1e3),
        }

    def summary(self) -> dict[str, Any]:
        """The part of `--json` that comes from the rows."""
        energy = self._energy_J()
        kwh = {
            f"{name}_kWh": energy[name] / J_PER_KWH
            for name in ("it", "recovered", "delivered", "electric")
        }
        return {
            "cycles": sum(len(late) for late in self._late_ns),
            "lateness_us": self.lateness_us(),
            "alarms": self.alarms,
            "energy": {**kwh, "balance_error": balance_error(energy)},
            "kpi": kpi(energy),
        }

    def _energy_J(self) -> dict[str, float]:
        if self._first is None or self._last is None:
            growth = np.zeros(len(self._layout.truth))
        else:
            growth = self._last - self._first
        meters = dict(zip(self._layout.truth, growth.tolist(), strict=True))
        return account_energy(self._site.accounts, meters)

    def _note(self, alarm: Alarm) -> dict[str, Any]:
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
            "residual": alarm.residual,
            "band": alarm.band,
            "cleared_s": None if alarm.cleared_ns is None else alarm.cleared_ns / 1e9,
            "text": _sentence(self._site, alarm),
        }
        for i, known in enumerate(self.alarms):
            if (known["part"], known["raised_s"]) == (note["part"], note["raised_s"]):
                self.alarms[i] = note
                return note
        self.alarms.append(note)
        return note


def _is_over_by(alarm: Alarm, t_ns: int) -> bool:
    return alarm.cleared_ns is not None and alarm.cleared_ns <= t_ns


def _sentence(site: Site, alarm: Alarm) -> str:
    """What the alarm says, in the unit of the signal."""
    signal = site.signals[alarm.signal]
    per_unit, _ = conversion(signal.unit, signal.si_unit)
    side = "above" if alarm.residual > 0 else "below"
    unit = "K" if signal.unit == "degC" else signal.unit
    return (
        f"{alarm.signal} is {abs(alarm.residual) / per_unit:.2f} {unit} {side} its prediction"
        f" (band {alarm.band / per_unit:.2g} {unit})"
    )
