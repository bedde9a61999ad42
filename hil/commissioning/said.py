"""A step in a sentence, for reports and terminals."""

from collections.abc import Mapping

from hil.commissioning.formula import Formula
from hil.commissioning.procedure import Step


def sentence(step: Step) -> str:
    """What a step does or expects."""
    return step.name or _sentence(step)


def _sentence(step: Step) -> str:
    over = f" within {step.over.text}" if step.over is not None else ""
    match step.action:
        case "set":
            return f"set {_pairs(step.set)}"
        case "force":
            return f"force {_pairs(step.force)}{over}"
        case "shift":
            return f"shift {_pairs(step.shift, ' by ')}"
        case "release":
            return f"release {', '.join(step.release or ())}"
        case "boundary":
            return f"let {_pairs(step.boundary)}{over}"
        case "fault":
            return f"break {step.fault}"
        case "heartbeat":
            return f"heartbeat: {step.heartbeat}"
        case "power":
            return f"power {step.power}"
        case "note":
            return f"note {_pairs(step.note)}"
        case "wait":
            return f"wait {step.wait.text}" if step.wait else ""
        case _:
            return _judgement(step)


def _judgement(step: Step) -> str:
    if (e := step.expect) is not None:
        within = "" if e.within.text == "0 s" else f" within {e.within.text}"
        hold = "" if e.hold.text == "0 s" else f", for {e.hold.text}"
        return f"{e}{within}{hold}"
    if (s := step.sequence) is not None:
        return f"{', then '.join(map(str, s.order))}, within {s.within.text}"
    if (a := step.expect_alarm) is not None:
        return f"the twin finds {a.part} at fault within {a.within.text}"
    if (n := step.expect_no_alarm) is not None:
        return f"the twin finds nothing of {n.part or 'any part'} for {n.hold.text}"
    if (m := step.manual) is not None:
        return m.prompt
    if (f := step.funnel) is not None:
        return f"{f.point} follows its reference within {f.tolerance.text}"
    if step.at_work is not None:
        return f"{step.at_work} is at work"
    if (h := step.oscillation) is not None:
        does = "does" if len(h.points) == 1 else "do"
        return f"{' and '.join(h.points)} {does} not hunt for {h.lasts.text}"
    if (k := step.stiction) is not None:
        return f"what {k.command} moves does not stick, by {k.position or k.measured}"
    t = step.step_test
    assert t is not None
    if t.setting == t.measured:
        return f"{t.measured} answers to its set point moved by {t.by.text}, by its reading"
    return f"{t.measured} answers to {t.setting} moved by {t.by.text}"


def _pairs(values: Mapping[str, Formula] | None, joint: str = " = ") -> str:
    return ", ".join(f"{name}{joint}{formula.text}" for name, formula in (values or {}).items())
