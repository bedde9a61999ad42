"""Local controllers that belong to a machine: nobody outside sees or commands them."""

from dataclasses import dataclass

from fmus.equations import SX, Model
from fmus.physics.smooth import fraction


@dataclass(frozen=True, eq=False)
class Tuning:
    """Gain [1/K], integral time [s], time constant of the actuator [s]."""

    gain: SX
    integral_time: SX
    actuator: SX


@dataclass(frozen=True, eq=False)
class Held:
    """Actuators with PI controllers of their own: integrals and positions [-], columns."""

    integral: SX
    x: SX


def held(model: Model, name: str, start: float, description: str, size: int = 1) -> Held:
    """Declare the states `name.I` and `name.x` of `size` actuators; see `hold`."""
    integral = model.state(f"{name}.I", start, "-", f"{description}, integral", size=size)
    return Held(
        integral, model.state(f"{name}.x", start, "-", f"{description}, position", size=size)
    )


def hold(
    model: Model, actuators: Held, error: SX, tuning: Tuning, moving: SX | float = 1.0
) -> None:
    """Equations of actuators that bring `error` [K] to zero; a positive one opens them.

    With I the integral, wanted = gain·error + I and given = wanted limited to 0..1:

        dI/dt = (given - I) / integral_time       (gain·error/integral_time within the limits)
        dx/dt = moving (given - x) / actuator

    `moving` [-] is 1 of a healthy actuator, 0 of a stuck one.
    """
    given = fraction(tuning.gain * error + actuators.integral)
    model.der(actuators.integral, (given - actuators.integral) / tuning.integral_time)
    model.der(actuators.x, moving * (given - actuators.x) / tuning.actuator)
