"""Whether a point follows a reference trace: the funnel of `twin.response`."""

from collections.abc import Callable

from hil.commissioning.judging import Found
from hil.commissioning.procedure import Funnel
from hil.commissioning.scope import Scope
from hil.commissioning.trace import Trace
from hil.commissioning.verdict import Verdict
from twin.response.funnel import Tolerance
from twin.response.within import within


def follow(
    wanted: Funnel, scope: Scope, trace: Trace, cycle: Callable[[], float], now_s: float
) -> Found:
    """Let the time of the reference pass, then hold what was seen against it.

    Its times count from `now_s` [s].
    """
    ref = scope.names.ref(wanted.point)
    times = [scope.seconds(t) for t, _ in wanted.trace]
    values = [scope.of(value, ref) for _, value in wanted.trace]
    height = wanted.tolerance.value(ref.unit, scope.known, level=False)
    if height is None or None in values:
        return Found(Verdict.INCONCLUSIVE, "the reference has no value now")
    tolerance = Tolerance(atol_s=scope.seconds(wanted.time_tolerance), atol_y=height)
    begun, at_first = len(trace.t_s), scope.value(ref)
    end_s = now_s + times[-1]
    while now_s < end_s:
        now_s = cycle()
    from_s = trace.t_s[begun - 1] if begun else 0.0
    seen_s = [0.0, *(t - from_s for t in trace.t_s[begun:])]
    column = [at_first, *trace.columns[wanted.point][begun:]]
    seen = [float("nan") if v is None else v for v in column]
    found = within(times, [v for v in values if v is not None], seen_s, seen, tolerance)
    if found.inside is None:
        return Found(Verdict.INCONCLUSIVE, found.why)
    return Found(Verdict.PASS if found.inside else Verdict.FAIL, found.why)
