"""Names, units and directions of a network: what becomes an index and what is refused."""

import pytest

from twin.errors import BadInput
from twin.plant.variable import FmuVariable
from twin.plant.wiring import Wiring, wire


def variable(
    name: str, vr: int, causality: str, unit: str | None = "K", kind: str = "Real"
) -> FmuVariable:
    return FmuVariable(name, vr, kind, causality, "continuous", unit)


def part(*variables: FmuVariable) -> dict[str, FmuVariable]:
    return {v.name: v for v in variables}


TANK = part(
    variable("T_in", 10, "input"),
    variable("m_in", 11, "input", "kg/s"),
    variable("T_out", 12, "output"),
    variable("p_out", 13, "output", "bar"),
    variable("on", 14, "output", "-", "Boolean"),
    variable("size", 15, "parameter", "m3"),
    variable("label", 16, "output", None, "String"),
)
PUMP = part(
    variable("p_in", 20, "input", "Pa"),
    variable("T_in", 21, "input", "degC"),
    variable("m_out", 22, "output", "kg/s"),
    variable("heat", 23, "local", None),
)
PARTS = {"tank": TANK, "pump": PUMP}
RING = [("tank.p_out", "pump.p_in"), ("tank.T_out", "pump.T_in"), ("pump.m_out", "tank.m_in")]


def plant(
    connections: list[tuple[str, str]] = RING,
    inputs: tuple[str, ...] = ("tank.T_in",),
    outputs: tuple[str, ...] = ("tank.T_out",),
    start: dict[str, float] | None = None,
) -> Wiring:
    return wire(PARTS, connections, inputs, outputs, start or {})


def refused(**changes: object) -> str:
    with pytest.raises(BadInput) as refusal:
        plant(**changes)  # type: ignore[arg-type]
    return str(refusal.value)


def test_indices() -> None:
    wiring = plant(outputs=("pump.heat", "tank.T_out", "pump.heat"))
    assert wiring.read_names == ("tank.p_out", "tank.T_out", "pump.m_out", "pump.heat")
    assert wiring.read_vr.tolist() == [13, 12, 22, 23]
    assert wiring.read_ends.tolist() == [0, 2, 4]
    assert wiring.wire_names == ("tank.T_in", "tank.m_in", "pump.p_in", "pump.T_in")
    assert wiring.wire_vr.tolist() == [10, 11, 20, 21]
    assert wiring.wire_ends.tolist() == [0, 2, 4]
    # the board: tank.T_in from outside, then the four reads
    assert wiring.wires["source"].tolist() == [0, 3, 1, 2]
    assert wiring.taps.tolist() == [4, 2, 4]
    assert wiring.board_size == 5


def test_units_of_one_quantity_are_converted() -> None:
    wires = plant().wires
    assert [(w["factor"], w["offset"]) for w in wires[2:]] == [(1e5, 0.0), (1.0, -273.15)]


def test_a_variable_without_unit_takes_what_it_is_given() -> None:
    wiring = plant([*RING[:2], ("pump.heat", "tank.m_in")])
    assert (wiring.wires[1]["factor"], wiring.wires[1]["offset"]) == (1.0, 0.0)


def test_one_output_may_feed_many_inputs_and_a_part_itself() -> None:
    wiring = plant([("tank.T_out", "tank.T_in"), *RING], inputs=())
    assert wiring.wires["source"].tolist() == [0, 2, 1, 0]


def test_an_input_with_a_start_value_needs_no_writer() -> None:
    wiring = plant(RING[:2], start={"tank.m_in": 3.0})
    assert "tank.m_in" not in wiring.wire_names


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"connections": [("tnak.T_out", "pump.T_in")]},
            "connection tnak.T_out -> pump.T_in: unknown part 'tnak', did you mean 'tank'?",
        ),
        (
            {"connections": [("tank.T_uot", "pump.T_in")]},
            "unknown variable of tank 'T_uot', did you mean 'T_out'?",
        ),
        ({"connections": [("tank", "pump.T_in")]}, "must be written as part.variable"),
        ({"inputs": ("tank.T_on",)}, "input tank.T_on: unknown variable of tank 'T_on'"),
        ({"outputs": ("tank.T_outt",)}, "output tank.T_outt: unknown variable of tank"),
        (
            {"connections": [*RING, ("pump.m_out", "tank.T_in")], "inputs": ()},
            "unit 'kg/s' (mass flow) cannot become 'K' (temperature)",
        ),
        (
            {"connections": [("pump.p_in", "pump.T_in")]},
            "causality of pump.p_in = 'input': must be output or local",
        ),
        (
            {"connections": [("pump.m_out", "tank.size")]},
            "causality of tank.size = 'parameter': must be input",
        ),
        ({"inputs": ("tank.T_out",)}, "causality of tank.T_out = 'output': must be input"),
        ({"outputs": ("tank.label",)}, "type of tank.label = 'String': must be a number, a truth"),
        (
            {"connections": [*RING, ("tank.T_out", "pump.T_in")]},
            "pump.T_in: has two writers, tank.T_out and tank.T_out",
        ),
        (
            {"inputs": ("tank.T_in", "pump.T_in")},
            "pump.T_in: has two writers, tank.T_out and outside",
        ),
        (
            {"inputs": ("tank.T_in", "tank.T_in")},
            "tank.T_in: has two writers, outside and outside",
        ),
        ({"inputs": ()}, "tank.T_in: nothing feeds it"),
        ({"connections": RING[2:]}, "pump.p_in, pump.T_in: nothing feeds it"),
    ],
)
def test_refusals(changes: dict[str, object], message: str) -> None:
    assert message in refused(**changes)
