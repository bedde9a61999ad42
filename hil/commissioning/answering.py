"""How a loop answered to a step of its set point, and whether that is good enough."""

import numpy as np

from hil.commissioning.at_rest import MOVED, idle, unsure
from hil.commissioning.judging import Found, spoken
from hil.commissioning.procedure import StepTest
from hil.commissioning.scope import Scope
from hil.commissioning.trace import Trace
from hil.commissioning.tuning import Proposal, figures_of, propose
from hil.commissioning.tuning_said import sentence
from hil.commissioning.verdict import Verdict
from twin.response.oscillation import Oscillation, oscillation
from twin.response.step import StepResponse, step_response
from twin.response.trace import Floats

BEFORE_S = 600.0
"""Level and noise before a step are those of so long [s] (assumed)."""
SOME = 0.1
"""Share of a step from which on a reading has moved [-] (assumed)."""
BAND = 0.05
"""Half the band of a settled loop, as a share of the step [-]."""
HIDES = 6.0
"""Standard deviations of noise up to which it hides a step [-] (assumed)."""
Figures = dict[str, float | str | None]


def answered(
    wanted: StepTest,
    scope: Scope,
    trace: Trace,
    at_s: float,
    by: float,
    *,
    target: float | None = None,
    shifted: bool = False,
) -> Found:
    """The answer in `trace` to a step at `at_s` [s] by `by` [SI], to `target` [SI].

    Where the reading was `shifted`, the plant goes by as much as the controller does not see, and
    the target is what there was before.
    """
    ref = scope.names.ref(wanted.measured)
    t_s, values = trace.since(at_s - BEFORE_S, wanted.measured)
    if shifted:
        values = np.where(t_s > at_s, values + by, values)
        target = _before(t_s, values, at_s, by)
    found = step_response(t_s, values, at_s, target=target, band=BAND)
    swing = _swing(t_s, values, at_s, found)
    figures: Figures = {
        "rise [s]": found.rise_s,
        "overshoot [-]": found.overshoot,
        "settling [s]": found.settling_s,
        f"steady error [{ref.unit}]": found.steady_error,
        f"noise [{ref.unit}]": found.noise,
        "oscillation index [-]": swing.index,
    }
    said = ", ".join(
        f"{name} {value:.4g}" for name, value in figures.items() if isinstance(value, float)
    )
    proposal: Proposal | None = None
    if wanted.command is not None:
        t_u, commands = trace.since(at_s - BEFORE_S, wanted.command)
        proposal = propose(t_u, commands, values, at_s, by)
        figures |= figures_of(proposal, wanted, scope)
        said = f"{said}; {sentence(figures, wanted)}"
    figures |= _shown(wanted, target, by, shifted=shifted)
    breach, unknown = _held(wanted, scope, found, swing, by)
    if breach and wanted.command is not None and proposal is not None:
        spent = idle(wanted.command, trace)  # the controller asks for all that there is
        follows = proposal.tuning is not None
        _, given = trace.since(at_s, wanted.command)
        if not follows and np.nanmax(given) - np.nanmin(given) <= MOVED:
            follows = _share(t_s, values, at_s, by) > -SOME  # there was hardly anything to follow
        if spent.verdict is Verdict.SKIPPED and follows:
            return Found(spent.verdict, f"{spent.why}; {said}", figures)
    if breach:
        return Found(Verdict.FAIL, f"{breach}; {said}", figures)
    if unknown:
        why = f"{unknown}: {found.why}" if found.why else unknown
        return Found(Verdict.INCONCLUSIVE, f"{why}; {said}" if said else why, figures)
    return Found(Verdict.PASS, said, figures)


def _before(t_s: Floats, values: Floats, at_s: float, by: float) -> float | None:
    """What a loop that was at rest is to reach [SI]."""
    known = values[(t_s > at_s - 0.1 * BEFORE_S) & (t_s <= at_s) & np.isfinite(values)]
    return float(np.median(known)) + by if known.size else None


def _share(t_s: Floats, values: Floats, at_s: float, by: float) -> float:
    """How much of the step what is held has made in the end [-]."""
    before = values[(t_s > at_s - 0.1 * BEFORE_S) & (t_s <= at_s)]
    after = values[t_s > t_s[-1] - 0.1 * BEFORE_S]
    return float(np.nanmean(after) - np.nanmean(before)) / by


def _swing(t_s: Floats, values: Floats, at_s: float, found: StepResponse) -> Oscillation:
    """Whether it goes on to swing once it is there, or all the time where it never is."""
    since = (t_s >= at_s + (found.reach_s or 0.0)) & (t_s > at_s)
    return oscillation(t_s[since], values[since])


def _shown(wanted: StepTest, target: float | None, by: float, *, shifted: bool) -> Figures:
    """The band in which the picture of the report shows that it settles [SI]."""
    if target is None:
        return {"point": wanted.measured}
    seen = target - by if shifted else target
    half = BAND * abs(by)
    return {"point": wanted.measured, "low": seen - half, "high": seen + half}


def _misses(found: StepResponse, by: float) -> bool:
    """Whether it came to rest less than half of the way, or never came near its target."""
    if found.steady_error is not None:
        return abs(found.steady_error) > 0.5 * abs(by)
    return found.direction is not None and found.direction * by < 0.0


def _stands(found: StepResponse, by: float) -> bool:
    """Whether it is at rest where it was, and noise would not hide a step of that size."""
    if found.final is None or found.initial is None or found.noise is None:
        return False
    moved = abs(found.final - found.initial)
    return moved < 0.5 * abs(by) and found.direction is None and abs(by) > HIDES * found.noise


def _held(
    wanted: StepTest, scope: Scope, found: StepResponse, swing: Oscillation, by: float
) -> tuple[str, str]:
    """Which limit is not kept, and which figure nobody can say; empty where none."""
    breaches, unknown = [], []
    unit = scope.names.ref(wanted.measured).unit
    if _stands(found, by):
        return "does not answer: it stays where it was", ""
    if wanted.rise is not None:
        most_s = scope.seconds(wanted.rise)
        if found.rise_s is None and found.settled is None:
            unknown.append("rise time")
        elif found.rise_s is None or found.rise_s > most_s or _misses(found, by):
            breaches.append(f"has not risen to 90 % of the step in {most_s:g} s")
    if wanted.overshoot is not None:
        if found.overshoot is None:
            unknown.append("overshoot")
        elif found.overshoot > wanted.overshoot:
            breaches.append(f"overshoots by {found.overshoot:.2f} of the step")
    if wanted.settles is not None:
        most_s = scope.seconds(wanted.settles)
        if found.settled is False or (found.settling_s or 0.0) > most_s:
            breaches.append(f"has not settled within {most_s:g} s")
        elif found.settling_s is None:
            unknown.append("settling time")
    if wanted.oscillation is not None:
        if unsure(swing):
            unknown.append(f"oscillation index ({swing.why})")
        elif swing.index is not None and swing.index > wanted.oscillation:
            breaches.append(f"hunts, oscillation index {swing.index:.2f}")
    if wanted.deviation is not None:
        most = wanted.deviation.value(unit, scope.known, level=False)
        if found.steady_error is None or most is None:
            unknown.append("lasting deviation")
        elif abs(found.steady_error) > most:
            off = spoken(found.steady_error, unit, unit)
            breaches.append(f"stays {off} from its set point")
    return "; ".join(breaches), ", ".join(unknown)
