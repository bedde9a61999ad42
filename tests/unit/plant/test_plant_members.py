"""Members of an FMU, as instances side by side and as states of one in turn."""

from pathlib import Path

import numpy as np
import pytest
from lesser_fmu import once_in_a_process, without_state
from numpy.typing import NDArray
from test_plant_equations import CASES

from twin.errors import BadInput
from twin.plant.fmu import FmuFile, open_fmu
from twin.plant.members import Members
from twin.plant.network import Network
from twin.site.model import BUILT_FMUS

Matrix = NDArray[np.float64]
MODEL, S = "HeatPump", 10**9
INPUTS, OUTPUTS, _ = CASES[MODEL]
DIFFERING: list[dict[str, float]] = [{}, {"condenser_fouling": 0.2}, {}]


def of(file: FmuFile) -> Members:
    settings = {"eta_carnot": 0.5}
    return Members(file, "p", list(INPUTS), OUTPUTS, settings, DIFFERING)


def fed(rows: int) -> Matrix:
    u = np.tile(list(INPUTS.values()), (rows, len(DIFFERING), 1))
    u[:, 2, 0] += 1.5  # the third sees another source temperature
    return u


def ran(members: Members) -> list[Matrix]:
    """A start, ten minutes, an event in one of them and ten more."""
    found = [members.start(fed(1)[0]), members.run(fed(60), 10.0)]
    members.set(2, {"compressor_wear": 0.1})
    return [*found, members.run(fed(60), 10.0)]


@pytest.mark.parametrize("ending", ["", ".fmi3"])
def test_instances_and_states_in_turn_are_the_same_members(tmp_path: Path, ending: str) -> None:
    source = BUILT_FMUS / f"{MODEL}{ending}.fmu"
    with open_fmu(source) as file, of(file) as members:
        beside = ran(members)
        assert members.ranges_left() == 0
    with open_fmu(once_in_a_process(source, tmp_path / "once.fmu")) as file, of(file) as members:
        assert file.info.once_per_process
        in_turn = ran(members)
    for a, b in zip(beside, in_turn, strict=True):
        np.testing.assert_array_equal(a, b)


def test_each_member_is_the_fmu_alone_with_what_it_has() -> None:
    with open_fmu(BUILT_FMUS / f"{MODEL}.fmu") as file:
        with of(file) as members:
            _, found, after = ran(members)
        for i, own in enumerate(DIFFERING):
            parameters = {f"p.{n}": v for n, v in {"eta_carnot": 0.5, **own}.items()}
            names = [f"p.{n}" for n in INPUTS], [f"p.{n}" for n in OUTPUTS]
            with Network({"p": file}, [], *names, parameters=parameters) as network:
                network.initialize(fed(1)[0, i])
                np.testing.assert_array_equal(network.run(fed(60)[:, i], 10 * S), found[:, i])
                if i == 2:
                    network.set_parameter("p.compressor_wear", 0.1)
                np.testing.assert_array_equal(network.run(fed(60)[:, i], 10 * S), after[:, i])


@pytest.mark.parametrize("once", [False, True])
def test_the_first_goes_on_alone_from_what_was_saved(tmp_path: Path, once: bool) -> None:
    path = BUILT_FMUS / f"{MODEL}.fmu"
    path = once_in_a_process(path, tmp_path / "once.fmu") if once else path
    with open_fmu(path) as file:
        with of(file) as members:
            members.start(fed(1)[0])
            members.run(fed(60), 10.0)
            state = members.saved()
            expected = members.run(fed(30), 10.0)
        assert state is not None
        with of(file) as other:
            other.alone(state, fed(1)[0, 0])
            np.testing.assert_array_equal(other.run(fed(30)[:, :1], 10.0), expected[:, :1])


def test_an_input_stays_within_its_limits() -> None:
    with open_fmu(BUILT_FMUS / f"{MODEL}.fmu") as file:
        found = []
        for over in (0.0, 0.5):
            u = fed(60)
            u[:, :, list(INPUTS).index("u_run")] += over
            with of(file) as members:
                members.start(u[0])
                found.append(members.run(u, 10.0))
        np.testing.assert_array_equal(*found)


def test_what_cannot_be_several_is_refused(tmp_path: Path) -> None:
    once = once_in_a_process(BUILT_FMUS / f"{MODEL}.fmu", tmp_path / "once.fmu")
    with (
        open_fmu(without_state(once, tmp_path / "neither.fmu")) as file,
        pytest.raises(BadInput, match="once in a process and cannot save its state"),
    ):
        of(file)
    no_state = without_state(BUILT_FMUS / f"{MODEL}.fmu", tmp_path / "no.fmu")
    with open_fmu(no_state) as file, of(file) as members:
        members.start(fed(1)[0])
        assert members.saved() is None
