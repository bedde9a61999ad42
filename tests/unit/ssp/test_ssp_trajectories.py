"""An exported site runs the same in other hands, bit for bit: fmpy's simulation, and one by hand.

Both take FMUs, connections and parameter values from the .ssp; hukka runs what it imports of it.
"""

import shutil
import zipfile
from contextlib import ExitStack
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from fmpy import extract, read_model_description
from fmpy.fmi2 import FMU2Slave
from fmpy.ssp.simulation import simulate_ssp
from fmpy.ssp.ssd import Parameter, ParameterSet, read_ssd

from fmus.equations import Model
from fmus.export import build
from twin.plant import Network, open_fmu
from twin.site.load import load_site
from twin.ssp import export_site, import_site

SSC = "{http://ssp-standard.org/SSP1/SystemStructureCommon}"
SSD = "{http://ssp-standard.org/SSP1/SystemStructureDescription}"
STEPS = 60
DT_NS = 2_000_000_000


def _source() -> Model:
    """A body that is heated; it begins at zero, as fmpy's connectors do."""
    model = Model("Source", "Heated body")
    power = model.input("P", 0.0, "W", "heat in")
    lost = model.input("Q", 0.0, "W", "heat to the follower")
    gain = model.parameter("gain", 1.0, "-", "share of the heat that arrives", min=0.0, max=10.0)
    T = model.state("T", 0.0, "K", "body", nominal=300.0)
    model.der(T, (gain * power - lost) / 50.0)
    model.output("T", T, "K", "body")
    model.output("T_shown", T - 273.15, "degC", "body")
    return model


def _follower() -> Model:
    """A body that follows a temperature."""
    model = Model("Follower", "Body beside another")
    T_in = model.input("T_in", 0.0, "K", "the other")
    ua = model.parameter("UA", 1.0, "W/K", "exchange", min=0.0, max=100.0)
    T = model.state("T", 0.0, "K", "body", nominal=300.0)
    heat = ua * (T_in - T)
    model.der(T, heat / 80.0)
    model.output("T", T, "K", "body")
    model.output("Q", heat, "W", "heat in")
    return model


SITE = """\
site: loop
title: Two bodies in a ring
plant:
  parts:
    source: {fmu: Source.fmu, parameters: {gain: 0.7}}
    follower: {fmu: Follower.fmu, parameters: {UA: 3.3}}
  connections:
    - source.%s -> follower.T_in
    - follower.Q -> source.Q
boundary:
  source.P: {source: constant, value: 0 W}
signals:
  source.T: {unit: K}
  follower.T: {unit: K}
"""


@pytest.fixture(scope="module")
def fmus(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("fmus")
    for model in (_source(), _follower()):
        build(model, folder, fmi=("2.0",))
    return folder


def _exported(folder: Path, fmus: Path, output: str) -> Path:
    """The .ssp of the ring, which `output` of the source closes."""
    for file in fmus.glob("*.fmu"):
        shutil.copy(file, folder)
    (folder / "site.yaml").write_text(SITE % output)
    export_site(load_site(folder), folder / "loop.ssp")
    return folder / "loop.ssp"


def _run_imported(path: Path, inputs: np.ndarray, outputs: list[str]) -> np.ndarray:
    """What hukka makes of the archive, imported into a folder of its own."""
    folder = path.parent / "imported"
    import_site(path, folder)
    site = load_site(folder)
    with ExitStack() as stack:
        parts = {p: stack.enter_context(open_fmu(site.fmu_path(p))) for p in site.plant.parts}
        parameters = {
            f"{p}.{n}": v
            for p, part in site.plant.parts.items()
            for n, v in part.parameters.items()
        }
        connections = [(c.source, c.target) for c in site.plant.connections]
        network = stack.enter_context(
            Network(parts, connections, list(site.boundary), outputs, parameters=parameters)
        )
        network.initialize(inputs[0])
        return network.run(inputs, DT_NS)


def test_fmpy_simulates_the_archive_to_the_same_bits(tmp_path, fmus):
    path = _exported(tmp_path, fmus, "T")

    def power(t: float) -> float:
        return 1000.0 + 700.0 * np.sin(t / 7.0)

    system = read_ssd(str(path)).system
    values = [  # fmpy reads the bindings, and leaves it to us to apply them
        Parameter(name=f"{e.name}.{p.name}", type=p.type, value=p.value)
        for e in system.elements
        for b in e.parameterBindings
        for s in b.parameterValues
        for p in s.parameters
    ]
    assert {v.name: float(v.value) for v in values} == {"source.gain": 0.7, "follower.UA": 3.3}
    dt_s = DT_NS / 1e9
    rows = simulate_ssp(
        str(path),
        stop_time=STEPS * dt_s,
        step_size=dt_s,
        parameter_set=ParameterSet(parameters=values),
        input={"source_P": power},
    )
    # fmpy hands an input on after the step: what it has at step k is used in step k + 1
    inputs = np.array([[0.0], *([power(dt_s * k)] for k in range(STEPS - 1))])
    outputs = ["source.T", "follower.T", "follower.Q"]
    ours = _run_imported(path, inputs, outputs)
    theirs = np.stack([rows[name] for name in outputs], axis=1)
    assert np.abs(theirs[-1]).min() > 10.0  # something has happened
    assert ours.tobytes() == theirs.tobytes()


class _ByHand:
    """The archive's FMUs under fmpy, with the connections as the file has them."""

    def __init__(self, path: Path, folder: Path) -> None:
        system = read_ssd(str(path)).system
        with zipfile.ZipFile(path) as archive:
            archive.extractall(folder)
        root = ElementTree.parse(folder / "SystemStructure.ssd").getroot()
        self.wires = []
        for c in root.iter(f"{SSD}Connection"):
            change = c.find(f"{SSC}LinearTransformation")
            a, b = (
                (1.0, 0.0)
                if change is None
                else (
                    float(change.get("factor")),
                    float(change.get("offset")),
                )
            )
            start, end = c.get("startElement"), c.get("endElement")
            if start is not None and end is not None:
                names = (c.get("startConnector"), c.get("endConnector"))
                self.wires.append(((start, names[0]), (end, names[1]), a, b))
        self.fmus, self.references = {}, {}
        for element in system.elements:
            file = str(folder / element.source)
            description = read_model_description(file)
            self.fmus[element.name] = fmu = FMU2Slave(
                guid=description.guid,
                unzipDirectory=extract(file, str(folder / element.name)),
                modelIdentifier=description.coSimulation.modelIdentifier,
                instanceName=element.name,
            )
            for v in description.modelVariables:
                self.references[element.name, v.name] = v.valueReference
            fmu.instantiate()
            for p in element.parameterBindings[0].parameterValues[0].parameters:
                self.write((element.name, p.name), float(p.value))
            fmu.setupExperiment(startTime=0.0)
            fmu.enterInitializationMode()

    def read(self, name) -> float:
        return self.fmus[name[0]].getReal([self.references[name]])[0]

    def write(self, name, value: float) -> None:
        self.fmus[name[0]].setReal([self.references[name]], [value])

    def connect(self) -> None:
        given = [(end, a * self.read(start) + b) for start, end, a, b in self.wires]
        for end, value in given:
            self.write(end, value)

    def run(self, inputs: np.ndarray, outputs: list[tuple[str, str]]) -> np.ndarray:
        for _ in range(4):
            self.write(("source", "P"), float(inputs[0, 0]))
            self.connect()
        for fmu in self.fmus.values():
            fmu.exitInitializationMode()
        rows = []
        for k, (power,) in enumerate(inputs.tolist()):
            self.connect()
            self.write(("source", "P"), power)
            for fmu in self.fmus.values():
                fmu.doStep(
                    currentCommunicationPoint=k * DT_NS / 1e9, communicationStepSize=DT_NS / 1e9
                )
            rows.append([self.read(name) for name in outputs])
        for fmu in self.fmus.values():
            fmu.terminate()
            fmu.freeInstance()
        return np.array(rows)


def test_a_ring_with_two_units_runs_the_same_by_hand(tmp_path, fmus):
    path = _exported(tmp_path, fmus, "T_shown")
    inputs = 900.0 + 500.0 * np.sin(np.arange(STEPS)[:, None] / 5.0)
    outputs = [("source", "T_shown"), ("follower", "T"), ("follower", "Q")]
    by_hand = _ByHand(path, tmp_path / "unpacked")
    assert [(a, b) for *_, a, b in by_hand.wires] == [(1.0, 273.15), (1.0, 0.0)]
    theirs = by_hand.run(inputs, outputs)
    ours = _run_imported(path, inputs, [".".join(name) for name in outputs])
    assert theirs[-1, 1] > 10.0
    assert ours.tobytes() == theirs.tobytes()
