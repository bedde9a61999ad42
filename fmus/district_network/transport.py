"""One interface for both ways in which water travels through a twin pipe."""

from collections.abc import Callable
from dataclasses import dataclass

from fmus.district_network.hydraulics import Bore
from fmus.equations import SX, Model
from fmus.physics.twin_pipe import PairLoss


@dataclass(frozen=True, eq=False)
class Twin:
    """A twin pipe; `wall` is the steel's heat capacity [J/(m.K)], `wet` multiplies the loss.

    Supply runs from its begin to its end, return back; in a ring (`two_way`) either may turn.
    """

    name: str
    bore: Bore
    wall: SX
    loss: PairLoss
    wet: SX
    cells: int
    two_way: bool


@dataclass(frozen=True, eq=False)
class Stream:
    """Water in one of the two pipes: `flow` [kg/s], from `T_inlet` to `T_outlet` outside [K].

    `film` [W/(m.K)] is from water to wall, `start` [K] the first temperature.
    """

    name: str
    flow: SX
    T_inlet: SX
    T_outlet: SX
    film: SX
    start: float


@dataclass(frozen=True, eq=False)
class Ends:
    """Water in the faces at inlet and outlet [K], loss to the soil [W], heat stored [J].

    flow * cp * (T_inlet - T_outlet) - loss is the rate of `stored` to the last bit.
    """

    T_inlet: SX
    T_outlet: SX
    loss: SX
    stored: SX


@dataclass(frozen=True)
class Transport:
    """A way in which water travels.

    `run` has the equations of a twin pipe: its supply, its return, the soil's temperature [K].
    With `held` flows and temperatures water is carried as it is on average in an internal step.
    """

    run: Callable[[Model, Twin, Stream, Stream, SX], tuple[Ends, Ends]]
    held: bool
