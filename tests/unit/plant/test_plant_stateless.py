"""Model Exchange FMUs without a continuous state: what they give, and who follows them."""

from pathlib import Path

import numpy as np
import pytest
from lesser_fmu import without_derivatives
from test_plant_equations import MODEL_EXCHANGE

from fmus.equations import Model
from fmus.export import build
from twin.estimation.observer import PartObserver
from twin.estimation.physics import Cause, Disturbance, PartModel
from twin.plant.equations import Equations
from twin.plant.fmu import open_fmu

TOLD = PartModel(
    lag_s=np.zeros(1),
    noise=np.array([0.01]),
    error=np.array([0.01]),
    input_noise=np.zeros(1),
    walk=np.zeros(0),
    spread=np.zeros(0),
    disturbances=(Disturbance(0, 0.5, 1e6),),
    causes=((Cause(column=0),), (Cause(output=0),)),
)
HEARD = np.array([True])


@pytest.fixture(scope="module")
def fmus(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """y = k u in FMI 2.0 and 3.0, with derivatives and without."""
    model = Model("Amplifier", "Nothing that lasts")
    u = model.input("u", 1.0, "-", "what comes in")
    k = model.parameter("k", 2.0, "-", "gain", tunable=True)
    model.output("y", k * u, "-", "what comes out")
    folder = tmp_path_factory.mktemp("stateless")
    found = {path.name: path for path in build(model, folder)}
    less = [without_derivatives(path, folder / f"less.{name}") for name, path in found.items()]
    return found | {path.name: path for path in less}


@pytest.mark.parametrize("ending", ["fmu", "fmi3.fmu"])
@pytest.mark.parametrize("less", ["", "less."])
def test_an_fmu_without_states_is_followed(fmus: dict[str, Path], less: str, ending: str) -> None:
    """Something of 0.3 is added to its input that nobody measures: it is found."""
    u = np.linspace(1.0, 2.0, 10)[:, None]
    with (
        open_fmu(fmus[f"{less}Amplifier.{ending}"], running=MODEL_EXCHANGE) as file,
        Equations(file, "p", ["u"], ["y"], ["k"]) as equations,
    ):
        assert equations.states == ()
        observer = PartObserver(equations, TOLD, 10.0, 10)
        first = observer.window(u, 2.0 * (u + 0.3), HEARD)
        assert first.predicted == pytest.approx(2.0 * u)
        assert first.innovation == pytest.approx([0.6])
        assert first.signature == pytest.approx(np.array([[2.0, 1.0]]), rel=1e-6)
        for _ in range(30):
            window = observer.window(u, 2.0 * (u + 0.3), HEARD)
        assert window.predicted == pytest.approx(2.0 * (u + 0.3), abs=0.02)
        observer.change({"k": 3.0})
        window = observer.window(u, 3.0 * (u + 0.3), HEARD)
        assert window.predicted == pytest.approx(3.0 * (u + 0.3), abs=0.03)
