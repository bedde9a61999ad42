"""Whether a loop at rest hunts, and whether what it moves sticks."""

from collections.abc import Mapping

import numpy as np

from hil.commissioning.judging import Found, spoken
from hil.commissioning.procedure import Hunting, Sticking
from hil.commissioning.scope import Scope
from hil.commissioning.trace import Trace
from hil.commissioning.verdict import Verdict
from twin.response.driven import driven
from twin.response.oscillation import Oscillation, oscillation
from twin.response.stem import stem
from twin.response.stiction import stiction
from twin.response.trace import Floats

MOVED = 0.1
"""Travel of a command after which its reading must have answered [-] (assumed)."""
_SURELY = 2.0
"""Standard errors from which a gain is not 0 [-]."""
STILL_S = 120.0
"""A command that has stood at its limit for so long is not at work [s] (assumed)."""
_SLOW = ("moves too slowly", "does not move")
Figures = dict[str, float | str | None]


def idle(command: str, trace: Trace) -> Found:
    """Skipped where a command stands at 0 or 100 %: its loop has nothing to answer with."""
    _, seen = trace.since(trace.t_s[-1] - STILL_S, command)
    if not np.isfinite(seen).any():
        return Found(Verdict.INCONCLUSIVE, f"{command} has no value")
    for end in (0.0, 1.0):
        if bool((seen[np.isfinite(seen)] == end).all()):
            why = f"{command} stands at its limit, {end:.0%}: its loop is not at work"
            return Found(Verdict.SKIPPED, why)
    return Found(Verdict.PASS, "")


def unsure(found: Oscillation) -> bool:
    """Whether nobody can say that it swings or not; what is too slow for it does not."""
    return found.index is None and not found.why.startswith(_SLOW)


def hunts(wanted: Hunting, scope: Scope, trace: Trace, from_s: float) -> Found:
    """Whether reading or command has swung to and fro since `from_s` [s]."""
    seen = {name: oscillation(*trace.since(from_s, name)) for name in wanted.points}
    name, worst = max(seen.items(), key=lambda each: each[1].index or 0.0)
    unit = scope.names.ref(name).unit
    figures: Figures = {
        "point": name,
        "oscillation index [-]": worst.index,
        "period [s]": worst.period_s,
        f"amplitude [{unit}]": worst.amplitude,
    }
    unknown = [f"{n}: {found.why}" for n, found in seen.items() if unsure(found)]
    if unknown:
        return Found(Verdict.INCONCLUSIVE, "; ".join(unknown), figures)
    if worst.index is None:
        return Found(Verdict.PASS, f"{name} {worst.why}", figures)
    said = f"oscillation index of {name} {worst.index:.2f}"
    if worst.index <= wanted.index:
        return Found(Verdict.PASS, said, figures)
    said += _swing(worst, unit)
    if _is_small(wanted, scope, seen):
        return Found(Verdict.PASS, f"{said}: too small to matter", figures)
    return Found(Verdict.FAIL, f"hunts: {said}", figures)


def _is_small(wanted: Hunting, scope: Scope, seen: Mapping[str, Oscillation]) -> bool:
    """Whether the reading swings by no more than matters, or does not swing."""
    if wanted.amplitude is None or wanted.measured is None:
        return False
    unit = scope.names.ref(wanted.measured).unit
    most = wanted.amplitude.value(unit, scope.known, level=False)
    found = seen[wanted.measured].amplitude
    return most is not None and (found or 0.0) <= most


def _swing(found: Oscillation, unit: str) -> str:
    if found.period_s is None or found.amplitude is None:
        return ""
    size = spoken(found.amplitude, unit, unit)
    return f", every {found.period_s:.3g} s by {size}"


def sticks(wanted: Sticking, scope: Scope, trace: Trace, from_s: float) -> Found:
    """Whether what the command moves has stuck since `from_s` [s]."""
    t_s, command = trace.since(from_s, wanted.command)
    if wanted.position is not None:
        _, position = trace.since(from_s, wanted.position)
        return _by_position(wanted, t_s, command, position)
    _, measured = trace.since(from_s, wanted.measured)
    travel = float(np.ptp(command[np.isfinite(command)])) if np.isfinite(command).any() else 0.0
    found = stiction(t_s, command, measured)
    swing = found.oscillation
    figures: Figures = {
        "point": wanted.measured,
        "stiction": found.verdict,
        "shape [-]": found.shape,
        "asymmetry [-]": found.asymmetry,
        "travel [-]": travel,
    }
    if found.verdict == "stiction":
        return Found(Verdict.FAIL, f"sticks: {found.why}", figures)
    if travel > MOVED and not _answers(t_s, command, measured):
        # a frozen actuator, or one that makes up for a load: only a step tells
        why = f"{wanted.command} went over {travel:.2f} and no answer of {wanted.measured} is seen"
        return Found(Verdict.INCONCLUSIVE, f"{why}: it stands, or makes up for a load", figures)
    if found.verdict == "none":
        return Found(Verdict.PASS, found.why, figures)
    quiet = swing is not None and (
        swing.oscillates is False or (swing.index is None and swing.why.startswith(_SLOW))
    )
    if quiet:
        figures["stiction"] = "none"
        return Found(Verdict.PASS, "the loop does not hunt, as a valve that sticks has it", figures)
    return Found(Verdict.INCONCLUSIVE, found.why, figures)


def _answers(t_s: Floats, command: Floats, measured: Floats) -> bool:
    """Whether the reading [SI] surely moves with the command [SI]."""
    found = driven(t_s, command, measured)
    if found.gain is None:
        return False
    return found.gain_error is None or abs(found.gain) > _SURELY * found.gain_error


def _by_position(wanted: Sticking, t_s: object, command: object, position: object) -> Found:
    found = stem(t_s, command, position, least=wanted.band)  # type: ignore[arg-type]
    figures: Figures = {
        "point": wanted.position,
        "stiction": found.verdict,
        "dead band [-]": found.dead_band,
        "slip jump [-]": found.slip_jump,
        "turns [-]": found.turns,
    }
    match found.verdict:
        case "none":
            return Found(Verdict.PASS, found.why, figures)
        case "undecided":
            return Found(Verdict.INCONCLUSIVE, found.why, figures)
    return Found(Verdict.FAIL, f"{found.verdict}: {found.why}", figures)
