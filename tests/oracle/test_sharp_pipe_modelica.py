"""What the sharp pipe's steps tend to as they get shorter, in Modelica, against the compiled FMU.

The FMU advances its parcels step by step; in Modelica they are a differential equation that is
counted anew whenever a parcel has come in, an event that rumoca finds. The difference falls in
proportion to the step; steps of h and h/2 together tell what is left of it at h = 0.
"""

from pathlib import Path

import numpy as np
import pytest
from fmpy import extract, read_model_description
from numpy.typing import NDArray
from rumoca_runs import simulate, worst_difference

import fmus
from fmus.export import build
from fmus.export.session import Session
from fmus.pipe import plug

FOLDER = Path(fmus.__file__).parent / "pipe"
INSTANTS = np.arange(0.0, 601.0, 20.0)
CASES = {
    "a front and a ripple": {"m_mean": 5.0, "T_mean": 353.15, "T_swing": 8.0},
    "flow that changes": {"m_mean": 4.0, "m_swing": 2.0, "T_mean": 343.15, "T_swing": 15.0},
    "laminar, a warm start, wet": {
        "m_mean": 0.06, "T_mean": 353.15, "T_swing": 10.0, "T_start_a": 353.15,
        "T_start_b": 323.15, "T_ambient": 278.15, "insulation_wet": 0.5, "R_soil": 0.4,
        "length": 10.0,
    },
}  # fmt: skip
AROUND = {"m_mean", "m_swing", "T_mean", "T_swing", "T_ambient"}
NAMES = {
    "T_face_b": "T_face_b", "W[1]": "T_wall_a", "W[8]": "T_wall_b", "E_in": "E_in",
    "E_loss": "E_loss", "E_expelled": "E_expelled", "stored": "E_stored",
}  # fmt: skip
MIRROR = str.maketrans("ab", "ba")
Found = dict[str, NDArray[np.float64]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    where = tmp_path_factory.mktemp("sharp")
    (built,) = build(plug.build(plug.Structure(parcels=8)), where, fmi=("2.0",))
    return Path(extract(str(built), str(where / "unpacked")))


def _own(name: str, back: bool) -> str:
    """Name at our pipe; with flow from b to a its ends are those of the twin, exchanged."""
    if not back or name[-2:] not in ("_a", "_b"):
        return name
    return name[:-1] + name[-1].translate(MIRROR)


def _fmu(folder: Path, case: dict[str, float], step: float, back: bool) -> Found:
    """Outputs at the instants; inputs are held in the middle of each step."""
    description = read_model_description(str(folder), validate=False)
    at = {v.name: v.valueReference for v in description.modelVariables}
    set_once = {at[_own(k, back)]: v for k, v in case.items() if k not in AROUND}
    pipe = Session(folder, description, "CoSimulation", parameters=set_once)
    inputs = [at[name] for name in ("m_flow", _own("T_inlet_a", back), "T_ambient")]
    outputs, rows = [at[_own(name, back)] for name in NAMES.values()], []

    def hold(t: float) -> None:
        m = case["m_mean"] + case.get("m_swing", 0.0) * np.sin(2 * np.pi * t / 600.0)
        T = case["T_mean"] + case["T_swing"] * np.sin(2 * np.pi * t / 240.0)
        pipe.set(inputs, [float(-m if back else m), float(T), case.get("T_ambient", 293.15)])

    for k in range(round(INSTANTS[-1] / step)):
        if k % round(INSTANTS[1] / step) == 0:
            rows.append(pipe.get(outputs))
        hold((k + 0.5) * step)
        pipe.step(k * step, step)
    rows.append(pipe.get(outputs))
    return dict(zip(NAMES, np.array(rows).T, strict=True))


@pytest.mark.parametrize("back", [False, True], ids=["a to b", "b to a"])
@pytest.mark.parametrize("case", CASES)
def test_the_steps_tend_to_the_differential_equation(folder: Path, case: str, back: bool) -> None:
    theirs = simulate(
        FOLDER / "sharp" / "SharpPipe.mo", "SharpPipe", INSTANTS, CASES[case],
        tolerance=1e-9, solver="rk-like", roots=[FOLDER / "SmoothPipe.mo"],
    )  # fmt: skip
    theirs["stored"] = theirs["content"] - theirs["content"][0]
    coarse, fine = (_fmu(folder, CASES[case], step, back) for step in (0.05, 0.025))
    limit = {name: 2.0 * fine[name] - coarse[name] for name in NAMES}
    error, worst = worst_difference(limit, theirs)
    print(f"{case}: {error:.1e} {worst}")
    assert error < 1e-5, worst
    far, near = (worst_difference(found, theirs)[0] for found in (coarse, fine))
    assert 0.45 < near / far < 0.55  # first order in the step
    assert theirs["counted"][-1] >= 3
