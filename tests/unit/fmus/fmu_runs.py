"""An unpacked FMU of ours, stepped and read by names."""

from pathlib import Path

from fmpy import read_model_description

from fmus.export.session import Session


class FmuRun:
    """One instance for Co-Simulation; `run["T_out"]` reads, `step` sets inputs and steps."""

    def __init__(self, folder: Path, **parameters: float) -> None:
        self.description = read_model_description(str(folder), validate=False)
        self.at = {v.name: v.valueReference for v in self.description.modelVariables}
        by_reference = {self.at[key]: value for key, value in parameters.items()}
        self.session = Session(folder, self.description, "CoSimulation", parameters=by_reference)
        self.t = 0.0

    def step(self, h: float, **inputs: float) -> None:
        self.session.set([self.at[k] for k in inputs], list(inputs.values()))
        self.session.step(self.t, h)
        self.t += h

    def __getitem__(self, name: str) -> float:
        return self.session.get([self.at[name]])[0]
