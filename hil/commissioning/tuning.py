"""A PI tuning by what a loop did in a step test, and what it is based on.

The process is identified from the command to the reading while the loop was closed
(`twin.response.driven`), over the longest stretch that one model explains. How fast the loop shall
be: SIMC's tightest, the dead time, but not faster than a third of the time constant (assumed): a
plant is not as linear as its model, and noise goes through the gain.
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from hil.commissioning.procedure import StepTest
from hil.commissioning.scope import Scope
from twin.response.driven import Driven, driven
from twin.response.simc import PiTuning, simc
from twin.response.trace import Floats
from twin.signals import conversion

BEFORE_S: Final = 120.0
"""Time before the step that is identified from as well [s] (assumed)."""
PARTS: Final = (1.0, 0.5, 0.25)
"""Shares of the time after the step that are tried, the longest first [-] (assumed)."""
_SLOWER: Final = 3.0
"""The loop is at most so much faster than its process [-] (assumed)."""
_LATE: Final = 3.0
"""Cycles whose half a reading takes to come back as a command: one, and half of one for which a
command is held [-]."""
_FIRST: Final = 5
"""Cycles in which a controller's first answer to a step is seen [-] (assumed)."""

Figures = dict[str, float | str | None]


@dataclass(frozen=True)
class Proposal:
    """The model, the time after the step that it is from [s], the tuning; None, and `why` says."""

    model: Driven
    over_s: float
    tuning: PiTuning | None
    why: str


def propose(t_s: Floats, command: Floats, measured: Floats, at_s: float, by: float) -> Proposal:
    """A tuning by commands [SI] and readings [SI] about a step at `at_s` [s] by `by` [SI].

    Which way the controller acts shows in its first answer; a process against it is none.
    """
    cycle_s = float(np.median(np.diff(t_s)))
    way = _way(t_s, command, at_s, cycle_s) * np.sign(by)
    best: Proposal | None = None
    for part in PARTS:
        over_s = part * (float(t_s[-1]) - at_s)
        inside = (t_s >= at_s - BEFORE_S) & (t_s <= at_s + over_s)
        # a command acts on the plant in the cycle that ends with its row
        t, u, y = t_s[inside][:-1], command[inside][1:], measured[inside][:-1]
        model = driven(t, u, y)
        if not model.why and model.gain is not None and model.gain * way < 0.0:
            model = replace(
                model, why="the reading went against the command: something else moved it"
            )
        if not model.why:
            return Proposal(model, over_s, _tuned(model, cycle_s), "")
        if best is None or (model.r2 or 0.0) > (best.model.r2 or 0.0):
            best = Proposal(model, over_s, None, model.why)
    assert best is not None
    return best


def _way(t_s: Floats, command: Floats, at_s: float, cycle_s: float) -> float:
    """Sign of what the command does at once after a step at `at_s` [s] [-]."""
    k = int(np.searchsorted(t_s, at_s + 0.5 * cycle_s))
    before, after = command[max(k - _FIRST, 0) : k], command[k + 2 : k + 2 + _FIRST]
    return float(np.sign(np.nanmean(after) - np.nanmean(before)))


def _tuned(model: Driven, cycle_s: float) -> PiTuning:
    assert model.gain is not None
    assert model.tau_s is not None
    assert model.theta_s is not None
    late_s = model.theta_s + 0.5 * _LATE * cycle_s
    loop_s = max(late_s, model.tau_s / _SLOWER)
    return simc(model.gain, model.tau_s, model.theta_s, tau_c_s=loop_s, sample_s=_LATE * cycle_s)


def figures_of(proposal: Proposal, wanted: StepTest, scope: Scope) -> Figures:
    """Numbers of a proposal, in the units of the controller's own settings."""
    model, tuning = proposal.model, proposal.tuning
    measured = scope.names.ref(wanted.measured)
    gain_unit, factor = f"1/{measured.unit}", 1.0
    figures: Figures = {}
    if wanted.gain is not None:
        ref = scope.names.ref(wanted.gain)
        gain_unit = ref.shown or ref.unit
        factor = conversion(gain_unit.removeprefix("1/"), measured.unit)[0]
        now = scope.value(ref)
        figures[f"Kp now [{gain_unit}]"] = now and now * conversion(ref.unit, gain_unit)[0]
    if wanted.integral is not None:
        figures["Ti now [s]"] = scope.value(scope.names.ref(wanted.integral))
    figures["based on"] = (
        f"{wanted.command} → {wanted.measured}, {BEFORE_S:.0f} s before the step to"
        f" {proposal.over_s:.0f} s after it"
    )
    figures |= {
        f"gain [{measured.unit}]": model.gain,
        f"gain error [{measured.unit}]": model.gain_error,
        "time constant [s]": model.tau_s,
        "time constant error [s]": model.tau_error_s,
        "dead time [s]": model.theta_s,
        "R2 [-]": model.r2,
        "command moved [-]": model.moved,
    }
    if tuning is None:
        return figures | {"no proposal": proposal.why}
    return figures | {
        f"Kp proposed [{gain_unit}]": abs(tuning.gain) * factor,
        "Ti proposed [s]": tuning.integral_s,
        "tau_c [s]": tuning.tau_c_s,
    }
