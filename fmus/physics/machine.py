"""Pumps, fans and actuators: a command, a first-order lag, and the affinity laws."""

from fmus.equations import SX, Model
from fmus.physics.smooth import fraction


def lagged(
    model: Model, name: str, target: SX, time_constant: SX, start: float, description: str
) -> SX:
    """State `name` [-] that follows `target` [-] with `time_constant` [s]."""
    value = model.state(name, start, "-", description)
    model.der(value, (target - value) / time_constant)
    return value


def speed(model: Model, name: str, command: SX, time_constant: SX, start: float) -> SX:
    """Relative speed [-] of a variable-speed machine; `command` [-] limited to 0..1."""
    return lagged(model, name, fraction(command), time_constant, start, "relative speed")


def shaft_power(P_nominal: SX, n: SX) -> SX:
    """Power [W] at relative speed `n` [-]: proportional to its cube (affinity law)."""
    return P_nominal * n * n * n
