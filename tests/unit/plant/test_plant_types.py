"""Variables of every type: parameters from a site, inputs and outputs on the board, resources."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from probe_fmu import build_fmu

from twin.errors import BadInput, PlantLost
from twin.plant import FmuFile, Network, open_fmu
from twin.plant.variable import WHOLE, FmuVariable

S = 1_000_000_000
U = [f"part.u[{i},{j}]" for i in (1, 2) for j in (1, 2, 3)]
Y = [name.replace(".u", ".y") for name in U]
WIDTHS = [name for name in WHOLE if name != "Integer"]
BOTH = pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "plain"])


@pytest.fixture(scope="module")
def paths(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    folder = tmp_path_factory.mktemp("types")
    files = {"factor.txt": "2.5\n"}
    return {fmi: build_fmu("types", fmi, folder, resources=files) for fmi in (2, 3)}


@pytest.fixture
def types(paths: dict[int, Path], tmp_path: Path) -> Iterator[dict[int, FmuFile]]:
    scratch = tmp_path / "with a space & ü"
    scratch.mkdir()
    with open_fmu(paths[2], scratch) as two, open_fmu(paths[3], scratch) as three:
        yield {2: two, 3: three}


def network(
    file: FmuFile, inputs: list[str], outputs: list[str], *, compiled: bool = True, **given: Any
) -> Network:
    fed = {
        f"part.{n}": 0.0
        for n, v in file.variables.items()
        if v.causality == "input" and v.is_number and f"part.{n}" not in inputs
        if v.array is None
    }
    if not any(name in inputs for name in U) and file.fmi == 3:
        fed["part.u"] = [[0.0] * 3] * 2
    parameters = {f"part.{n}": v for n, v in given.items()}
    return Network(
        {"part": file}, [], inputs, outputs, parameters=parameters, start=fed, compiled=compiled
    )


@BOTH
def test_arrays_by_element(types, compiled) -> None:
    """y[i,j] = gains[j] u[i,j]; the last index counts fastest, as FMI 3.0 has it."""
    with network(types[3], U, Y, compiled=compiled, gains=[1.0, 2.0, 0.5]) as plant:
        u = np.arange(1.0, 7.0)
        plant.initialize(u)
        assert plant.step(u, S).tolist() == [1.0, 4.0, 1.5, 4.0, 10.0, 3.0]
        plant.set_parameter("part.gains[2]", 3.0)
        assert plant.step(u, S).tolist() == [1.0, 6.0, 1.5, 4.0, 15.0, 3.0]


@BOTH
def test_elements_that_nobody_feeds_keep_their_start(types, compiled) -> None:
    start: dict[str, Any] = {f"part.in_{kind}": 0.0 for kind in (*WIDTHS, "Float32")}
    start |= {"part.on": True, "part.u": [[1.0, 2.0, 3.0], [4.0, 5.0, 9.0]]}
    with Network(
        {"part": types[3]}, [], ["part.u[1,2]"], Y, start=start, compiled=compiled
    ) as plant:
        plant.initialize(np.array([7.0]))
        assert plant.step(np.array([7.0]), S).tolist() == [1.0, 7.0, 3.0, 4.0, 5.0, 9.0]


@BOTH
@pytest.mark.parametrize("kind", WIDTHS)
def test_whole_numbers_of_every_width(types, kind, compiled) -> None:
    low, high = WHOLE[kind]
    with network(types[3], [f"part.in_{kind}"], [f"part.out_{kind}"], compiled=compiled) as plant:
        plant.initialize(np.zeros(1))
        for given, nearest in ((3.4, 3), (3.5, 4), (100.49, 100), (float(max(low, -100)), None)):
            nearest = int(given) if nearest is None else nearest
            assert plant.step(np.array([given]), S)[0] == nearest + 1
        with pytest.raises(PlantLost, match=rf"part\.in_{kind}: was given .* does not fit {kind}"):
            plant.step(np.array([high * 2.0 + 10.0]), S)


@BOTH
@pytest.mark.parametrize("fmi", [2, 3])
def test_truth_is_above_one_half(types, fmi, compiled) -> None:
    with network(types[fmi], ["part.on"], ["part.off"], compiled=compiled) as plant:
        plant.initialize(np.zeros(1))
        answers = [float(plant.step(np.array([on]), S)[0]) for on in (0.0, 0.5, 0.51, 1.0, -3.0)]
    assert answers == [1.0, 1.0, 0.0, 0.0, 1.0]


@BOTH
def test_float32_and_integer(types, compiled) -> None:
    with network(types[3], ["part.in_Float32"], ["part.out_Float32"], compiled=compiled) as plant:
        plant.initialize(np.zeros(1))
        assert plant.step(np.array([0.1]), S)[0] == np.float32(np.float32(0.1) + np.float32(1.0))
    with network(types[2], ["part.in_Integer"], ["part.out_Integer"], compiled=compiled) as plant:
        plant.initialize(np.zeros(1))
        assert plant.step(np.array([-7.6]), S)[0] == -7.0


def test_text_lists_of_it_and_truth_as_parameters(types) -> None:
    given = {"label": "Mäntsälä", "names": ["ab", "xyz"], "mask": [True, True]}
    with network(types[3], [], ["part.length", "part.all_on"], **given) as plant:
        length, all_on = plant.initialize(np.zeros(0))
    assert length == len("Mäntsälä".encode()) + 100 * 2 + 10000 * 3
    assert all_on == 1.0
    with network(types[2], [], ["part.length"], label="four") as plant:
        assert plant.initialize(np.zeros(0)).tolist() == [4.0]


@pytest.mark.parametrize(("fmi", "item", "value"), [(2, "summer", 2.0), (3, "holiday", 7.0)])
def test_enumerations_by_name(types, fmi, item, value) -> None:
    with network(types[fmi], [], ["part.season_now"], season=item) as plant:
        assert plant.initialize(np.zeros(0)).tolist() == [value]
        plant.set_parameter("part.season", "winter")
        assert plant.step(np.zeros(0), S)[0] == 1.0
        plant.set_parameter("part.season", int(value))
        assert plant.step(np.zeros(0), S)[0] == value


@pytest.mark.parametrize("fmi", [2, 3])
def test_resources_are_found_also_below_a_path_with_spaces(types, fmi) -> None:
    assert " " in str(types[fmi].folder)
    with network(types[fmi], [], ["part.factor"]) as plant:
        assert plant.initialize(np.zeros(0)).tolist() == [2.5]


@pytest.mark.parametrize("fmi", [2, 3])
def test_resources_that_are_not_there_are_the_fmus_own_words(tmp_path, fmi) -> None:
    with (
        open_fmu(build_fmu("types", fmi, tmp_path)) as file,
        pytest.raises(PlantLost, match=r"part: fmi\dInstantiate gave nothing; .*factor\.txt"),
    ):
        file.instantiate("part")


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("season", "sumer", "must be one of winter, summer, holiday, did you mean 'summer'?"),
        ("season", 3, "must be one of winter (1), summer (2), holiday (7)"),
        ("season", True, "must be one of winter (1)"),
        ("label", 3.0, "must be text"),
        ("mask", True, "must be a list of 2 values"),
        ("mask", [True], "must be a list of 2 values, found 1"),
        ("mask", [True, 0.5], "must be true or false"),
        ("gains", [1.0, 2.0, 11.0], "must be 0 to 10"),
        ("gains", [1.0, "two", 3.0], "must be a number"),
        ("gains[2]", -1.0, "must be 0 to 10"),
        ("gains[4]", 1.0, "unknown variable of part 'gains[4]', did you mean 'gains[3]'?"),
        ("names", ["a", ["b"]], "must be a single value, not a list"),
        ("columns", 4, "a structural parameter keeps its start value here"),
    ],
)
def test_parameters_that_are_refused(types, name, value, rule) -> None:
    with pytest.raises(BadInput) as refusal:
        network(types[3], [], ["part.factor"], **{name: value})
    assert rule in str(refusal.value)


@pytest.mark.parametrize("kind", WIDTHS)
def test_whole_number_parameters_keep_their_width(kind) -> None:
    low, high = WHOLE[kind]
    variable = FmuVariable("n", 0, kind, "parameter", "fixed")
    assert variable.values_of(low) == [low]
    assert variable.values_of(high) == [high]
    assert variable.refusal(high + 1) == f"must be {low} to {high}, it is an {kind}"
    assert variable.refusal(0.5) == "must be a whole number"
    assert variable.refusal(True) == "must be a whole number"
    assert variable.refusal(float("nan")) == "must be a whole number"


def test_what_the_board_cannot_carry(types) -> None:
    with pytest.raises(BadInput, match=r"'Float64 array'.*name an element: part\.y\[1,1\]"):
        network(types[3], [], ["part.y"])
    with pytest.raises(BadInput, match="'Binary': must be a number, a truth value"):
        network(types[3], ["part.blob"], [])


def test_start_values_of_the_description(types) -> None:
    variables = types[3].variables
    assert variables["u"].dimensions == (2, 3)
    assert [variables[name[5:]].start for name in U] == [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    assert variables["gains[3]"].start == 1.0  # one value stands for all
    assert variables["season"].items == {"winter": 1, "summer": 2, "holiday": 7}
    assert types[2].variables["season"].items == {"winter": 1, "summer": 2}
