"""A consumer: valve, exchanger and the water in it, and what its house asks for."""

from dataclasses import dataclass

import casadi as ca

from fmus.district_network.mixing import Side
from fmus.equations import SX, Model
from fmus.physics.exchanger import counterflow, series
from fmus.physics.smooth import film, fraction
from fmus.physics.water import CP_WATER, kelvin

_RANGE = 50.0
"""Rangeability of an equal-percentage valve [-] (assumed; makers give 30 to 100)."""


@dataclass(frozen=True, eq=False)
class House:
    """House side, the same for all: supply and return temperature [K], demand of all [W]."""

    T_supply: SX
    T_return: SX
    Q_demand: SX


@dataclass(frozen=True, eq=False)
class Substation:
    """What all substations together have, nominal; `share` [-] of it is this one's."""

    share: SX
    UA: SX
    Q_nominal: SX
    m_nominal: SX
    T_integral: SX
    fouling: SX
    valve: SX
    """State: position of the valve [-]."""
    water: Side
    """Primary water, mixed: it leaves with this temperature."""


def house_side(T_outdoor: SX, Q_demand: SX) -> House:
    """House heating after the weather: 70/45 degC at -26 degC outdoors, 50/40 at +15, linear."""
    cold = fraction((kelvin(15.0) - T_outdoor) / 41.0)
    return House(
        T_supply=kelvin(50.0) + 20.0 * cold,
        T_return=kelvin(40.0) + 5.0 * cold,
        Q_demand=ca.fmax(Q_demand, 0.0),
    )


def valve_state(model: Model, name: str) -> SX:
    """Declare the position of a consumer's valve [-]."""
    return model.state(f"{name}.valve", 0.4, "-", "valve position")


def opened(position: SX, authority: SX, kind: str) -> SX:
    """Flow of a substation at 1 bar over its flow with the valve open [-].

    `linear` or `equal_percentage` by itself; `authority` [-] is the open valve's share of the
    pressure that valve, exchanger and pipework lose together.
    """
    x = ca.fmax(position, 0.0)
    if kind == "equal_percentage":
        x = (ca.power(SX(_RANGE), x) - 1.0) / (_RANGE - 1.0)
    return x / ca.sqrt(authority + (1.0 - authority) * x * x)


def deliver(model: Model, s: Substation, m: SX, m_now: SX, T_inlet: SX, house: House) -> SX:
    """Equations of a consumer at `m` [kg/s] >= 0, `T_inlet` [K]; returns the heat it takes [W].

    The valve integrates the missing heat and slows down over the last 2 % before its ends. It
    looks at `m_now` [kg/s], which may have moved since the internal step began.
    """
    Q_want = s.share * house.Q_demand
    Q = taken(s, m, T_inlet, house)
    s.water.take(m, T_inlet)
    s.water.warm(-Q)
    s.water.settle(model)
    Q_now = Q if m_now is m else taken(s, m_now, T_inlet, house)
    opening = (Q_want - Q_now) / (s.share * s.Q_nominal * s.T_integral)
    x = s.valve
    room = ca.if_else(opening > 0.0, fraction((1.0 - x) / 0.02), fraction(x / 0.02))
    model.der(x, opening * room)
    return Q


def taken(s: Substation, m: SX, T_inlet: SX, house: House) -> SX:
    """Heat [W] that a consumer takes from `m` [kg/s] >= 0 of water of `T_inlet` [K]."""
    Q_nominal = s.share * s.Q_nominal
    Q_want = s.share * house.Q_demand
    C_house = Q_want / (house.T_supply - house.T_return)
    UA = (1.0 - s.fouling) * series(
        s.share * s.UA,
        film(m / (s.share * s.m_nominal), 0.8),
        film(Q_want / Q_nominal, 0.8),
    )
    warmer = ca.fmax(T_inlet - house.T_return, 0.0)  # a house never heats the network
    # an integrator's stage may look a little past zero flow
    return counterflow(UA, CP_WATER * ca.fmax(m, 0.0), C_house) * warmer
