"""A loop that procedures can be tried on: PI control of a first-order process with dead time.

The process is scipy's discretisation of gain / (tau s + 1), and whole cycles of dead time; behind
the command there may be a valve of `sticky_loops`' kind.
"""

import numpy as np
from commissioning_samples import Series
from scipy.signal import cont2discrete

from hil.commissioning.doing import Doing
from hil.commissioning.procedure import Step
from hil.commissioning.trace import Trace


def discrete(gain, tau_s):
    """Pole and input of the process for a cycle of 1 s."""
    model = tuple(np.array([[x]]) for x in (-1 / tau_s, gain / tau_s, 1.0, 0.0))
    a, b, *_ = cont2discrete(model, 1.0)
    return float(a[0, 0]), float(b[0, 0])


class LoopRig(Series):
    """A rig whose only controller holds `reading` [SI] by `command` [-], a cycle a second."""

    period_ns = 1_000_000_000

    def __init__(
        self, reading="T_sink_out", command="u_compressor", *, under_test="heat_pump", gain=10.0,
        tau_s=60.0, theta_s=5, kp=0.05, ti_s=60.0, level=350.0, at=0.5, valve=lambda u: u,
        sigma=0.0, load=lambda t: 0.0, registers=(),
    ):  # fmt: skip
        values = {reading: [level], command: [at], **dict(registers)}
        super().__init__(values, under_test=under_test)
        self.reading, self.output = self.names.ref(reading), self.names.ref(command)
        self._process, self._late = discrete(gain, tau_s), [0.0] * theta_s
        self._kp, self._ti_s, self._level, self._at = kp, ti_s, level, at
        self._valve, self._sigma, self._load = valve, sigma, load
        self._noise = np.random.default_rng(3)
        self._x, self._integral, self.added = 0.0, at, 0.0
        self.trace = Trace(self, self.scope, {n: self.names.ref(n) for n in (reading, command)})

    def seen(self):
        """The reading as the controller has it [SI]."""
        return self._values[self.reading.name][0]

    def cycle(self):
        super().cycle()
        error = self._level - self.seen()
        self._integral += self._kp / self._ti_s * error
        u = min(max(self._kp * error + self._integral, 0.0), 1.0)
        a, b = self._process
        self._late.append(self._valve(u) - self._at)
        self._x = a * self._x + b * self._late.pop(0)
        noise = self._sigma * self._noise.standard_normal() if self._sigma else 0.0
        now = self._level + self._x + self.added + self._load(self.t_s) + noise
        self._values[self.reading.name], self._values[self.output.name] = [now], [u]
        return float(self.t_s)

    def shift(self, column, by):
        assert column == self.reading.column
        self.added += by
        self._values[self.reading.name] = [self.seen() + by]

    def off(self):
        return []

    def let_go(self):
        self.added = 0.0


def doing_on(rig):
    """Steps on a rig that keep what is seen."""

    def cycle():
        rig.cycle()
        rig.trace.take()

    return Doing(rig, rig.scope, rig, rig.trace, rig.names.under_test, cycle)


def carry_out(rig, *steps):
    """What comes of the last of the steps."""
    doing = doing_on(rig)
    return [doing.do(Step(**step)) for step in steps][-1]


def written(columns, **more):
    """Scope and trace of columns that are written down, a value a second."""
    series = Series(columns, **more)
    trace = Trace(series, series.scope, {name: series.names.ref(name) for name in columns})
    for _ in range(len(next(iter(columns.values())))):
        trace.take()
        series.t_s += 1
    return series.scope, trace
