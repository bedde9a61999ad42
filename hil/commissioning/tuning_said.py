"""A tuning proposal in words, with the names and in the units of the controller's registers."""

from collections.abc import Mapping

from hil.commissioning.procedure import StepTest
from twin.signals import conversion

NONE = "-"
Figures = Mapping[str, float | str | None]


def seconds(value: float | str | None) -> str:
    """A time [s] to 0.1 s, from 100 s on to 1 s: nobody sets more, and no fit knows more."""
    if not isinstance(value, float):
        return NONE
    return f"{value:.0f} s" if value >= 100.0 else f"{round(value, 1):g} s"


def number(value: float | str | None, unit: str = "") -> str:
    """Three digits and the unit."""
    return f"{value:.3g} {unit}".rstrip() if isinstance(value, float) else NONE


def names(wanted: StepTest) -> tuple[str, str]:
    """What gain and integral time are called: as the registers, Kp and Ti where there are none."""
    return wanted.gain or "Kp", wanted.integral or "Ti"


def gains(figures: Figures) -> tuple[str, str]:
    """Gain held and gain proposed."""
    return _gain(figures, "Kp now ["), _gain(figures, "Kp proposed [")


def model(figures: Figures) -> tuple[str, str, str, str]:
    """Gain, in the unit that the controller counts in, time constant, dead time, R2."""
    key = next((name for name in figures if name.startswith("gain [")), "")
    si = key.removeprefix("gain [").rstrip("]")
    held = next((name for name in figures if name.startswith("Kp ")), "")
    unit = held.partition("[1/")[2].rstrip("]") or si
    gain = figures.get(key)
    if isinstance(gain, float):
        gain *= conversion(si, unit)[0]
    times = (seconds(figures.get(name)) for name in ("time constant [s]", "dead time [s]"))
    return (number(gain, unit), *times, number(figures.get("R2 [-]")))  # type: ignore[return-value]


def sentence(figures: Figures, wanted: StepTest) -> str:
    """The proposal, what is held now, and what it is based on."""
    if "no proposal" in figures:
        return f"no tuning proposal: {figures['no proposal']}"
    (gain, integral), (now, new) = names(wanted), gains(figures)
    k, tau, theta, r2 = model(figures)
    ti = seconds(figures.get("Ti proposed [s]"))
    held = [
        f"{word} {value}"
        for word, value in ((gain, now), (integral, seconds(figures.get("Ti now [s]"))))
        if value != NONE
    ]
    before = f" (now {', '.join(held)})" if held else ""
    return (
        f"proposed {gain} {new}, {integral} {ti}{before},"
        f" SIMC with tau_c {seconds(figures.get('tau_c [s]'))}, for K {k}, T {tau}, L {theta},"
        f" R2 {r2}: {figures['based on']}"
    )


def _gain(figures: Figures, word: str) -> str:
    name = next((name for name in figures if name.startswith(word)), "")
    return number(figures.get(name), name.removeprefix(word).rstrip("]"))
