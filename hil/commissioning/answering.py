"""How a loop answered to a step of its set point, and whether that is good enough."""

from hil.commissioning.judging import Found, spoken
from hil.commissioning.procedure import StepTest
from hil.commissioning.scope import Scope
from hil.commissioning.trace import Trace
from hil.commissioning.verdict import Verdict
from twin.response.step import StepResponse, step_response

BEFORE_S = 600.0
"""Level and noise before a step are those of so long [s] (assumed)."""


def answered(wanted: StepTest, scope: Scope, trace: Trace, at_s: float, target: float) -> Found:
    """The answer in `trace` to a step at `at_s` [s] to `target` [SI]."""
    ref = scope.names.ref(wanted.measured)
    first = sum(t < at_s - BEFORE_S for t in trace.t_s)
    column = trace.columns[wanted.measured][first:]
    values = [float("nan") if v is None else v for v in column]
    found = step_response(trace.t_s[first:], values, at_s, target=target)
    figures: dict[str, float | str | None] = {
        "rise [s]": found.rise_s,
        "overshoot [-]": found.overshoot,
        "settling [s]": found.settling_s,
        f"steady error [{ref.unit}]": found.steady_error,
        f"noise [{ref.unit}]": found.noise,
    }
    said = ", ".join(f"{name} {value:.4g}" for name, value in figures.items() if value is not None)
    breach, unknown = _held(wanted, scope, found, ref.unit)
    if breach:
        return Found(Verdict.FAIL, f"{breach}; {said}", figures)
    if unknown:
        return Found(Verdict.INCONCLUSIVE, f"{unknown}: {found.why or said}", figures)
    return Found(Verdict.PASS, said, figures)


def _held(wanted: StepTest, scope: Scope, found: StepResponse, unit: str) -> tuple[str, str]:
    """Which limit is not kept, and which figure nobody can say; empty where none."""
    breaches, unknown = [], []
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
    if wanted.deviation is not None:
        most = wanted.deviation.value(unit, scope.known, level=False)
        if found.steady_error is None or most is None:
            unknown.append("lasting deviation")
        elif abs(found.steady_error) > most:
            off = spoken(found.steady_error, unit, unit)
            breaches.append(f"stays {off} from its set point")
    return "; ".join(breaches), ", ".join(unknown)
