"""Things that store heat, and the meters that count it: the books of a model must close."""

from collections.abc import Sequence
from dataclasses import dataclass

import casadi as ca

from fmus.equations import SX, Model, reciprocal


@dataclass(frozen=True, eq=False)
class Volume:
    """A column of temperatures [K] with the heat capacity [J/K] of each of them."""

    T: SX
    capacity: SX
    start: tuple[float, ...]

    def stored(self) -> SX:
        """Heat stored since the declared start temperatures [J]."""
        return self.capacity * ca.sum1(self.T - ca.DM(self.start))


def volume(
    model: Model,
    name: str,
    capacity: SX,
    start: float | Sequence[float],
    description: str,
    *,
    size: int = 1,
) -> Volume:
    """Declare `size` temperature states of equal `capacity` [J/K] that start at `start` [K]."""
    starts = (float(start),) * size if isinstance(start, int | float) else tuple(start)
    T = model.state(name, starts, "K", description, size=size, nominal=300.0)
    return Volume(T, SX(capacity), starts)


def heat(model: Model, store: Volume, power: SX) -> None:
    """Equation `capacity * dT/dt = power` [W], elementwise."""
    model.der(store.T, power * reciprocal(store.capacity))


def meter(model: Model, name: str, power: SX, description: str) -> None:
    """Output `name` [J]: the integral of `power` [W] since the start (state `meter.name`)."""
    count = model.state(f"meter.{name}", 0.0, "J", description, nominal=1e9)
    model.der(count, power)
    model.output(name, count, "J", description)


def stored_output(model: Model, stores: Sequence[Volume], more: SX | float = 0.0) -> None:
    """Output `E_stored` [J]: heat in all stores against their declared start temperatures.

    `more` [J] is what else is stored, counted the same way.

    Linear in the states, so an integrator that keeps linear invariants keeps
    (meters in) - (meters out) - E_stored constant to round-off.
    """
    total = SX(more)
    for store in stores:
        total = total + store.stored()
    model.output("E_stored", total, "J", "heat stored since the declared start temperatures")
