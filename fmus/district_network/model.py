"""District-heating network: peak boiler, two twin mains, a near and a far substation, bypass."""

from dataclasses import dataclass

import casadi as ca

from fmus.equations import SX, Model
from fmus.physics.declare import Row, faults, parameters
from fmus.physics.exchanger import counterflow, series
from fmus.physics.machine import lagged, shaft_power, speed
from fmus.physics.pipe import Geometry, Pipe, pipe
from fmus.physics.smooth import film, fraction
from fmus.physics.volume import Volume, heat, meter, stored_output, volume
from fmus.physics.water import CP_WATER, RHO_HEATING, kelvin

PARAMETERS = (
    Row("length", 1500.0, "m", "main, plant to the far consumer; the near one is half way", 1.0),
    Row("inner_diameter", 0.2101, "m", "steel pipe, inside", 1e-3, 0.6),
    Row("wall", 0.0045, "m", "steel pipe, wall", 1e-4, 0.05),
    Row("insulation", 0.06795, "m", "insulation, thickness", 1e-4, 0.2),
    Row("k_insulation", 0.024, "W/(m.K)", "insulation, conductivity", 1e-4),
    Row("depth", 1.0, "m", "ground to pipe axis", 0.6),
    Row("k_soil", 1.5, "W/(m.K)", "soil, conductivity", 1e-3),
    Row("h_pipe", 4000.0, "W/(m2.K)", "film coefficient in the pipe at nominal flow"),
    Row("m_nominal", 30.0, "kg/s", "network flow the nominal figures refer to", 1e-3),
    Row("R_main", 112.0, "Pa.s2/kg2", "friction of the whole main, there and back"),
    Row("R_plant", 45.0, "Pa.s2/kg2", "friction in the plant, and the pump's droop"),
    Row("dp_pump_nominal", 320e3, "Pa", "pump head at full speed and no flow"),
    Row("P_pump_nominal", 15e3, "W", "network pump at full speed"),
    Row("tau_pump", 5.0, "s", "network pump, speed lag", 0.1),
    Row("Q_boiler_nominal", 8e6, "W", "peak boiler"),
    Row("tau_boiler", 60.0, "s", "peak boiler, output lag", 0.1),
    Row("V_plant", 3.0, "m3", "water in boiler and plant pipework", 1e-3),
    Row("Q_substations_nominal", 9e6, "W", "demand the substations are made for", 1.0),
    Row("share_near", 0.4, "-", "share of the demand at the near consumer", 0.01, 0.99),
    Row("UA_substations", 580e3, "W/K", "all substations at nominal flow and demand"),
    Row("m_substations_open", 57.0, "kg/s", "flow at 1 bar across all substation valves, open"),
    Row("m_bypass_open", 25.0, "kg/s", "flow at 1 bar across the bypass, fully open"),
    Row("V_substations", 3.0, "m3", "primary water in all substations", 1e-3),
    Row("V_junction", 0.5, "m3", "water in each of the two return junctions", 1e-3),
    Row("T_integral", 60.0, "s", "substation valves, integral time", 0.1),
)

FAULTS = (
    ("bypass", "opening of the bypass at the end of the main"),
    ("insulation_wet", "how wet the insulation is; 1 makes the loss ten times the dry one"),
    ("substation_fouling", "share of the substations' UA that is lost"),
    ("boiler_trip", "share of the peak boiler's output that is lost"),
)

_ROOT_BAR = 1e5**0.5
T_BOILER_LIMIT = kelvin(130.0)
"""The boiler's own limiter: output falls to 0 over the last 5 K before it [K]."""


@dataclass(frozen=True, eq=False)
class _Flows:
    """Mass flows [kg/s] and the differential pressure at the far consumer [Pa]."""

    near: SX
    far: SX
    bypass: SX
    dp_far: SX

    @property
    def total(self) -> SX:
        return self.near + self.far + self.bypass


@dataclass(frozen=True, eq=False)
class _Substation:
    """A consumer: primary outlet [K], heat it takes [W]; `valve` is its state."""

    valve: SX
    primary: Volume
    share: SX


@dataclass(frozen=True, eq=False)
class _Secondary:
    """House side, the same for both consumers: supply and return temperature [K], demand [W]."""

    T_supply: SX
    T_return: SX
    Q_demand: SX


def build() -> Model:
    """The model, ready to be exported: inputs, outputs and faults are listed in README.md."""
    model = Model("DistrictNetwork", "District-heating network with peak boiler")
    T_plant = model.input("T_plant", kelvin(78.0), "K", "water from the heat pump")
    T_outdoor = model.input("T_outdoor", kelvin(-8.0), "K", "outdoor air")
    T_soil = model.input("T_soil", kelvin(3.0), "K", "soil, undisturbed")
    Q_demand = model.input("Q_demand", 5e6, "W", "heat the consumers want", min=0.0)
    u_pump = model.input("u_pump", 0.85, "-", "network pump speed", min=0.0, max=1.0)
    u_boiler = model.input("u_boiler", 0.2, "-", "peak boiler", min=0.0, max=1.0)
    p, f = parameters(model, PARAMETERS), faults(model, FAULTS)

    house = _house_side(T_outdoor, Q_demand)
    near = _substation(model, "near", p, p["share_near"])
    far = _substation(model, "far", p, 1.0 - p["share_near"])
    n = speed(model, "pump.n", u_pump, p["tau_pump"], 0.85)
    flows = _hydraulics(p, n, near, far, f["bypass"])
    boiler = lagged(
        model, "boiler.output", fraction(u_boiler), p["tau_boiler"], 0.2, "relative output"
    )
    plant = _water(model, "plant.T", p["V_plant"], 90.0, "supply water after the peak boiler")
    limiter = fraction((T_BOILER_LIMIT - plant.T) / 5.0)
    Q_boiler = boiler * p["Q_boiler_nominal"] * limiter * (1.0 - f["boiler_trip"])
    heat(model, plant, CP_WATER * flows.total * (T_plant - plant.T) + Q_boiler)

    end = flows.far + flows.bypass
    wet = 1.0 + 9.0 * f["insulation_wet"]

    def main(name: str, flow: SX, T_inlet: SX, start: float) -> Pipe:
        return pipe(model, name, _geometry(p), flow, T_inlet, T_soil, wet, kelvin(start))

    supply_1 = main("supply_1", flows.total, plant.T, 90.0)
    supply_2 = main("supply_2", end, supply_1.T_outlet, 90.0)
    Q_near = _deliver(model, p, f, near, flows.near, supply_1.T_outlet, house)
    Q_far = _deliver(model, p, f, far, flows.far, supply_2.T_outlet, house)
    junction_far = _water(model, "junction_far.T", p["V_junction"], 46.0, "return at the far end")
    mixing = flows.far * (far.primary.T - junction_far.T)
    mixing += flows.bypass * (supply_2.T_outlet - junction_far.T)
    heat(model, junction_far, CP_WATER * mixing)
    return_2 = main("return_2", end, junction_far.T, 46.0)
    junction_near = _water(model, "junction_near.T", p["V_junction"], 46.0, "return half way")
    mixing = flows.near * (near.primary.T - junction_near.T)
    mixing += end * (return_2.T_outlet - junction_near.T)
    heat(model, junction_near, CP_WATER * mixing)
    return_1 = main("return_1", flows.total, junction_near.T, 46.0)

    Q_delivered = Q_near + Q_far
    mains = (supply_1, supply_2, return_1, return_2)
    Q_loss = sum((m.Q_loss for m in mains), SX(0.0))
    Q_plant = CP_WATER * flows.total * (T_plant - return_1.T_outlet)
    P_auxiliary = shaft_power(p["P_pump_nominal"], n)
    out = model.output
    out("T_supply", plant.T, "K", "supply water after the peak boiler")
    out("T_return", return_1.T_outlet, "K", "return water at the plant")
    out("T_consumer", supply_2.T_outlet, "K", "supply water at the far consumer")
    out("m_network", flows.total, "kg/s", "flow through the plant")
    out("dp_consumer", flows.dp_far, "Pa", "differential pressure at the far consumer")
    out("Q_delivered", Q_delivered, "W", "heat the consumers take")
    out("Q_boiler", Q_boiler, "W", "heat from the peak boiler")
    out("P_auxiliary", P_auxiliary, "W", "electric power of the network pump")
    meter(model, "E_plant", Q_plant, "heat taken up between T_return and T_plant")
    meter(model, "E_boiler", Q_boiler, "heat from the peak boiler")
    meter(model, "E_delivered", Q_delivered, "heat the consumers took")
    meter(model, "E_loss", Q_loss, "heat lost to the soil")
    meter(model, "E_auxiliary", P_auxiliary, "electricity of the network pump")
    nodes = (plant, near.primary, far.primary, junction_far, junction_near)
    stored_output(model, [*nodes, *[store for m in mains for store in m.stores]])
    return model


def _geometry(p: dict[str, SX]) -> Geometry:
    """One of the four halves of the main."""
    return Geometry(
        length=0.5 * p["length"],
        inner_diameter=p["inner_diameter"],
        wall=p["wall"],
        insulation=p["insulation"],
        k_insulation=p["k_insulation"],
        depth=p["depth"],
        k_soil=p["k_soil"],
        h_nominal=p["h_pipe"],
        m_nominal=p["m_nominal"],
    )


def _water(model: Model, name: str, volume_m3: SX, start: float, description: str) -> Volume:
    """A mixed volume of water [m3] that starts at `start` [degC]."""
    return volume(model, name, RHO_HEATING * CP_WATER * volume_m3, kelvin(start), description)


def _house_side(T_outdoor: SX, Q_demand: SX) -> _Secondary:
    """House heating after the weather: 70/45 degC at -26 degC outdoors, 50/40 at +15, linear."""
    cold = fraction((kelvin(15.0) - T_outdoor) / 41.0)
    return _Secondary(
        T_supply=kelvin(50.0) + 20.0 * cold,
        T_return=kelvin(40.0) + 5.0 * cold,
        Q_demand=ca.fmax(Q_demand, 0.0),
    )


def _substation(model: Model, name: str, p: dict[str, SX], share: SX) -> _Substation:
    """Declare a consumer with `share` [-] of everything the substations have."""
    valve = model.state(f"{name}.valve", 0.4, "-", "valve position")
    primary = _water(model, f"{name}.T", share * p["V_substations"], 46.0, "primary water leaving")
    return _Substation(valve, primary, share)


def _hydraulics(p: dict[str, SX], n: SX, near: _Substation, far: _Substation, bypass: SX) -> _Flows:
    """Flows of the tree in closed form: head n^2, friction m^2, so conductances combine.

    `K` [kg/(s.Pa^0.5)] gives m = K sqrt(dp); a branch with friction R [Pa.s2/kg2] before it
    has K / sqrt(1 + R K^2); parallel branches add.
    """
    K_open = p["m_substations_open"] / _ROOT_BAR
    K_near = ca.fmax(near.valve, 0.0) * near.share * K_open
    K_far = ca.fmax(far.valve, 0.0) * far.share * K_open
    K_bypass = bypass * p["m_bypass_open"] / _ROOT_BAR
    K_end = K_far + K_bypass
    half = 0.5 * p["R_main"]
    throttle = ca.sqrt(1.0 + half * K_end * K_end)
    K_total = K_near + K_end / throttle
    dp_drop = 1.0 + (half + p["R_plant"]) * K_total * K_total
    root_near = n * ca.sqrt(p["dp_pump_nominal"] / dp_drop)  # sqrt of the dp half way
    root_far = root_near / throttle
    return _Flows(K_near * root_near, K_far * root_far, K_bypass * root_far, root_far * root_far)


def _deliver(
    model: Model,
    p: dict[str, SX],
    f: dict[str, SX],
    substation: _Substation,
    m: SX,
    T_inlet: SX,
    house: _Secondary,
) -> SX:
    """Equations of a consumer; returns the heat it takes [W].

    The valve integrates the missing heat and slows down over the last 2 % before its ends.
    """
    share = substation.share
    Q_nominal = share * p["Q_substations_nominal"]
    Q_want = share * house.Q_demand
    C_house = Q_want / (house.T_supply - house.T_return)
    UA = (1.0 - f["substation_fouling"]) * series(
        share * p["UA_substations"],
        film(m / (share * p["m_nominal"]), 0.8),
        film(Q_want / Q_nominal, 0.8),
    )
    warmer = ca.fmax(T_inlet - house.T_return, 0.0)  # a house never heats the network
    Q = counterflow(UA, CP_WATER * m, C_house) * warmer
    heat(model, substation.primary, CP_WATER * m * (T_inlet - substation.primary.T) - Q)
    opening = (Q_want - Q) / (Q_nominal * p["T_integral"])
    x = substation.valve
    room = ca.if_else(opening > 0.0, fraction((1.0 - x) / 0.02), fraction(x / 0.02))
    model.der(x, opening * room)
    return Q
