"""District-heating network: pump and peak boiler, a tree of twin pipes, consumers, bypasses."""

from dataclasses import dataclass

import casadi as ca

from fmus.district_network.hydraulics import BAR, Flows, Source, Valve, held, solve_flows
from fmus.district_network.mains import TRANSPORT, Node, carry
from fmus.district_network.mixing import Side, side
from fmus.district_network.parameters import Faults, declare, twins
from fmus.district_network.structure import Structure
from fmus.district_network.substation import (
    House,
    Substation,
    deliver,
    house_side,
    opened,
    valve_state,
)
from fmus.district_network.transport import Twin
from fmus.district_network.tree import PLANT
from fmus.equations import SX, Model
from fmus.physics.machine import lagged, shaft_power, speed
from fmus.physics.smooth import fraction
from fmus.physics.volume import meter, stored_output
from fmus.physics.water import CP_WATER, kelvin

T_BOILER_LIMIT = kelvin(130.0)
"""The boiler's own limiter: output falls to 0 over the last 5 K before it [K]."""
_START_SUPPLY, _START_RETURN = kelvin(90.0), kelvin(46.0)


@dataclass(frozen=True, eq=False)
class _Inputs:
    T_plant: SX
    T_outdoor: SX
    T_soil: SX
    Q_demand: SX
    u_pump: SX
    u_boiler: SX


def build(structure: Structure | None = None) -> Model:
    """The model, ready to be exported: inputs, outputs and faults are listed in README.md."""
    s = structure or Structure()
    model = Model("DistrictNetwork", "District-heating network with peak boiler", s.step)
    u = _inputs(model)
    p, f = declare(model, s)
    pipes = twins(model, s, p, f)
    stations = _substations(model, s, p, f)
    n = speed(model, "pump.n", u.u_pump, p["tau_pump"], 0.85)
    flows = _flows(model, s, p, f, n, pipes, stations)
    carried = held(model, flows) if TRANSPORT[s.transport].held else flows
    nodes = _nodes(model, s, p, pipes)
    Q_boiler = _boiler(model, p, f, u.u_boiler, nodes[PLANT].supply.water.T)
    ends = carry(
        model,
        TRANSPORT[s.transport],
        pipes,
        s.ends,
        carried,
        nodes,
        u.T_soil,
        (_START_SUPPLY, _START_RETURN),
    )
    house = house_side(u.T_outdoor, u.Q_demand)
    Q = _consume(model, s, stations, carried, flows.valves, nodes, house)
    _plant_water(carried, nodes, u.T_plant, p["T_makeup"], Q_boiler)
    sides = [water for node in nodes.values() for water in (node.supply, node.back)]
    for water in sides:
        water.settle(model)
    P_auxiliary = shaft_power(p["P_pump_nominal"], n)
    Q_leak = _leaked(carried, nodes, p["T_makeup"])
    Q_plant = CP_WATER * carried.plant * (u.T_plant - nodes[PLANT].back.T)
    _outputs(model, s, flows, nodes, Q, Q_boiler, P_auxiliary)
    if s.consumer_outputs or (s.consumer_outputs is None and len(s.consumers) > 2):
        _consumer_outputs(model, s, stations, flows, nodes, Q)
    meter(model, "E_plant", Q_plant, "heat taken up between T_return and T_plant")
    meter(model, "E_boiler", Q_boiler, "heat from the peak boiler")
    meter(model, "E_delivered", _sum(Q), "heat the consumers took")
    meter(model, "E_loss", _sum([end.loss for end in ends]), "heat lost to the soil")
    meter(model, "E_leak", Q_leak, "heat that ran away with leaking water")
    meter(model, "E_auxiliary", P_auxiliary, "electricity of the network pump")
    mixed = [*[water.water for water in sides], *[station.water.water for station in stations]]
    stored_output(model, mixed, _sum([end.stored for end in ends]))
    _ranges(model, u, flows, nodes, pipes)
    return model


def _inputs(model: Model) -> _Inputs:
    return _Inputs(
        T_plant=model.input("T_plant", kelvin(78.0), "K", "water from the heat pump"),
        T_outdoor=model.input("T_outdoor", kelvin(-8.0), "K", "outdoor air"),
        T_soil=model.input("T_soil", kelvin(3.0), "K", "soil, undisturbed"),
        Q_demand=model.input("Q_demand", 5e6, "W", "heat the consumers want", min=0.0),
        u_pump=model.input("u_pump", 0.85, "-", "network pump speed", min=0.0, max=1.0),
        u_boiler=model.input("u_boiler", 0.2, "-", "peak boiler", min=0.0, max=1.0),
    )


def _substations(model: Model, s: Structure, p: dict[str, SX], f: Faults) -> list[Substation]:
    weights = [
        model.parameter(
            f"{c.called}.share",
            c.share or 1.0 / len(s.consumers),
            "-",
            "part of the demand, relative to all consumers'",
            min=1e-6,
            max=1.0,
        )
        for c in s.consumers
    ]
    total = _sum(weights)
    return [
        Substation(
            share=weight / total,
            UA=p["UA_substations"],
            Q_nominal=p["Q_substations_nominal"],
            m_nominal=p["m_nominal"],
            T_integral=p["T_integral"],
            fouling=f.at(c.called, "substation_fouling", "fouling"),
            valve=valve_state(model, c.called),
            water=side(
                model,
                f"{c.called}.T",
                weight / total * p["V_substations"],
                _START_RETURN,
                "primary water leaving",
                held=TRANSPORT[s.transport].held,
            ),
        )
        for c, weight in zip(s.consumers, weights, strict=True)
    ]


def _flows(
    model: Model,
    s: Structure,
    p: dict[str, SX],
    f: Faults,
    n: SX,
    pipes: list[Twin],
    stations: list[Substation],
) -> Flows:
    valves = [
        Valve(
            c.called,
            c.node,
            station.share
            * p["m_substations_open"]
            * opened(station.valve, p["valve_authority"], s.valve),
        )
        for c, station in zip(s.consumers, stations, strict=True)
    ]
    for bypass in s.all_bypasses:
        name = f"{bypass.node}.bypass"
        m_open = model.parameter(
            f"{name}.m_open", bypass.m_open, "kg/s", "flow at 1 bar across the open bypass", min=0.0
        )
        valves.append(Valve(name, bypass.node, f.at(name, "bypass", "open") * m_open))
    leaks = {s.leak_node: f.whole["leak"] * p["m_leak"]}
    if f.each:
        for node in s.tree.nodes:
            own = f.own(node, "leak")
            leaks[node] = leaks.get(node, SX(0.0)) + own * p["m_leak"]
    source = Source(p["dp_pump_nominal"] / BAR * n * n, p["R_plant"] / BAR)
    bores = {twin.name: twin.bore for twin in pipes}
    return solve_flows(model, s.tree, s.ends, bores, source, valves, leaks)


def _nodes(model: Model, s: Structure, p: dict[str, SX], pipes: list[Twin]) -> dict[str, Node]:
    """Mixed water at every node; at the plant that of the boiler, and what returns."""

    def of(name: str, V: SX, start: float, what: str) -> Side:
        return side(model, name, V, start, what, held=TRANSPORT[s.transport].held)

    nodes = {}
    for node in s.tree.nodes:
        feeding = [s.tree.parent[node]] if node != PLANT else s.tree.children[PLANT]
        V = p["junction_share"] * _sum([pipes[i].bore.area * pipes[i].bore.length for i in feeding])
        V_supply = p["V_plant"] if node == PLANT else V
        supply = of(f"{node}.T_supply", V_supply, _START_SUPPLY, "supply water, mixed")
        back = of(f"{node}.T_return", V, _START_RETURN, "return water, mixed")
        nodes[node] = Node(supply, back)
    return nodes


def _boiler(model: Model, p: dict[str, SX], f: Faults, u_boiler: SX, T: SX) -> SX:
    """Heat of the peak boiler [W]; its own limiter looks at the water `T` [K] behind it."""
    output = lagged(
        model, "boiler.output", fraction(u_boiler), p["tau_boiler"], 0.2, "relative output"
    )
    limiter = fraction((T_BOILER_LIMIT - T) / 5.0)
    return output * p["Q_boiler_nominal"] * limiter * (1.0 - f.whole["boiler_trip"])


def _consume(
    model: Model,
    s: Structure,
    stations: list[Substation],
    flows: Flows,
    now: list[SX],
    nodes: dict[str, Node],
    house: House,
) -> list[SX]:
    """Heat that each consumer takes [W]; what they and the bypasses send back to the nodes.

    `now` are the flows through the valves as they are, `flows` those that carry heat.
    """
    Q = []
    for c, station, m, m_now in zip(s.consumers, stations, flows.valves, now, strict=False):
        node = nodes[c.node]
        Q.append(deliver(model, station, m, m_now, node.supply.T, house))
        node.back.take(m, station.water.T)
    for bypass, m in zip(s.all_bypasses, flows.valves[len(stations) :], strict=True):
        node = nodes[bypass.node]
        node.back.take(m, node.supply.T)
    return Q


def _plant_water(
    flows: Flows, nodes: dict[str, Node], T_plant: SX, T_makeup: SX, Q_boiler: SX
) -> None:
    plant = nodes[PLANT]
    plant.supply.take(flows.plant, T_plant)
    plant.supply.warm(Q_boiler)
    plant.back.take(flows.make_up, T_makeup)


def _leaked(flows: Flows, nodes: dict[str, Node], T_makeup: SX) -> SX:
    """Heat of the leaking water above that of what replaces it [W]."""
    return _sum([CP_WATER * m * (nodes[k].supply.T - T_makeup) for k, m in flows.leaks.items()])


def _outputs(
    model: Model,
    s: Structure,
    flows: Flows,
    nodes: dict[str, Node],
    Q: list[SX],
    Q_boiler: SX,
    P_auxiliary: SX,
) -> None:
    critical = s.consumers[s.critical_consumer].node
    out = model.output
    out("T_supply", nodes[PLANT].supply.water.T, "K", "supply water after the peak boiler")
    out("T_return", nodes[PLANT].back.water.T, "K", "return water at the plant")
    out("T_consumer", nodes[critical].supply.water.T, "K", "supply water at the critical consumer")
    out("m_network", flows.plant, "kg/s", "flow through the plant")
    out("m_makeup", flows.make_up, "kg/s", "cold water that replaces what leaks")
    out("dp_consumer", BAR * flows.dp[critical], "Pa", "pressure across the critical consumer")
    out("Q_delivered", _sum(Q), "W", "heat the consumers take")
    out("Q_boiler", Q_boiler, "W", "heat from the peak boiler")
    out("P_auxiliary", P_auxiliary, "W", "electric power of the network pump")


def _consumer_outputs(
    model: Model,
    s: Structure,
    stations: list[Substation],
    flows: Flows,
    nodes: dict[str, Node],
    Q: list[SX],
) -> None:
    for i, (c, station) in enumerate(zip(s.consumers, stations, strict=True)):
        of, who = f"consumer[{i + 1}]", f"of {c.called}"
        model.output(f"{of}.Q", Q[i], "W", f"heat {who}")
        model.output(f"{of}.m", flows.valves[i], "kg/s", f"primary flow {who}")
        model.output(f"{of}.T_supply", nodes[c.node].supply.water.T, "K", f"primary supply {who}")
        model.output(f"{of}.T_return", station.water.water.T, "K", f"primary return {who}")
        model.output(f"{of}.dp", BAR * flows.dp[c.node], "Pa", f"differential pressure {who}")


def _ranges(
    model: Model, u: _Inputs, flows: Flows, nodes: dict[str, Node], pipes: list[Twin]
) -> None:
    fastest = SX(0.0)
    for twin, m in zip(pipes, flows.supply, strict=True):
        fastest = ca.fmax(fastest, ca.fabs(twin.bore.velocity(m)))
    model.valid_range("velocity", fastest, 0.0, 3.5, "m/s")
    model.valid_range("supply", nodes[PLANT].supply.water.T, kelvin(40.0), kelvin(130.0), "K")
    model.valid_range("outdoor", u.T_outdoor, kelvin(-40.0), kelvin(40.0), "K")


def _sum(terms: list[SX]) -> SX:
    total = SX(0.0)
    for term in terms:
        total = total + term
    return total
