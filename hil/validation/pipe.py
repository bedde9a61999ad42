"""Measured pipes: the built PlugPipe FMU is fed with a record's inlet, flow and surroundings."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from hil.validation.case import Case, Curves, Rival, errors
from hil.validation.record import ZERO_C, Array, Record, read_record
from twin.errors import refuse
from twin.plant import Network, open_fmu

LONGEST_STEP_S = 0.5
"""Inputs are held this long at most [s]; between rows they change linearly."""
LOOK_AHEAD = 0.1
"""Share of the pipe's transit time in which the start of the inlet is judged [-]."""
STEADY_FACTOR = 3.0
"""How much faster than the pipe's own gradient the inlet may move at the start [-]."""
OPTIONS = {
    "length": "--length",
    "inner_diameter": "--inner-diameter",
    "wall": "--wall",
    "insulation": "--insulation",
    "k_insulation": "--insulation-conductivity",
}
"""Parameters of the model as a user spells them."""
Host = Callable[[Path, Callable[[], Any]], Any]
"""Has some work done on an FMU, and gives what came of it as JSON types."""


def here(_fmu: Path, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - JSON
    """In this process."""
    return work()


INPUTS = ("m_flow", "T_inlet_a", "T_inlet_b", "T_ambient")


@dataclass(frozen=True)
class Pipe:
    """Physical inputs of a pipe in air; lengths in m, conductivity [W/(m.K)], degC."""

    length: float
    inner_diameter: float
    wall: float
    insulation: float
    k_insulation: float
    c_wall: float
    """Heat capacity of the wall [J/(m3.K)]."""
    k_wall: float
    """Conductivity of the wall [W/(m.K)]."""
    ambient: float
    """Used where the record has no ambient temperature [degC]."""
    meter: float | None = None
    """Water at the flow meter [degC], for volume flow; None: the coldest water of the run."""

    def parameters(self) -> dict[str, float]:
        """Parameters of the FMU by name."""
        names = ("length", "inner_diameter", "wall", "insulation", "k_insulation")
        return {name: getattr(self, name) for name in (*names, "c_wall", "k_wall")}

    @property
    def volume(self) -> float:
        """Water in the pipe [m3]."""
        return float(np.pi / 4.0 * self.inner_diameter**2 * self.length)


@dataclass(frozen=True, eq=False)
class Run:
    """A record made ready: what the FMU is fed, SI and kelvins, at the rows' times."""

    time: Array
    inputs: Array
    """Rows of `INPUTS`."""
    start_a: float
    start_b: float
    notes: tuple[str, ...]


def validate(
    path: Path, pipe: Pipe, fmu: Path, rival: Rival | None = None, host: Host = here
) -> Case:
    """Compare the outlet that the FMU at `fmu`, run by `host`, gives with that recorded in `path`.

    Raises:
        BadInput: the record or a physical input is not usable; it says where and why.
    """
    record = read_record(path)
    run = prepare(record, pipe)
    _refuse_fast(run, pipe)
    found = host(fmu, lambda: [ends.tolist() for ends in simulate(run, pipe, fmu)])
    predicted, wall = map(np.array, found)
    scored = np.isfinite(record.T_out)
    metrics = errors(record.T_out[scored], predicted[scored])
    others = {"inlet": record.T_in}
    if record.T_wall_out is not None and np.isfinite(record.T_wall_out).any():
        known = np.isfinite(record.T_wall_out)
        metrics["wall_rmse_K"] = errors(record.T_wall_out[known], wall[known])["rmse_K"]
    curves = Curves(
        x=record.time,
        x_label="time [s]",
        y_label="temperature [degC]",
        measured=record.T_out,
        predicted=predicted,
        others=others,
    )
    return Case(record.name, "rmse_K", metrics, curves, rival, (*record.notes, *run.notes))


# ---- from a record to inputs -------------------------------------------------------------------


def prepare(record: Record, pipe: Pipe) -> Run:
    """Inputs and start temperatures that follow from a record."""
    flow, note = _mass_flow(record, pipe)
    notes = [note] if note else []
    ambient = record.T_ambient
    if ambient is None:
        ambient = np.full_like(record.time, pipe.ambient)
        notes.append(f"surroundings taken as {pipe.ambient:g} degC")
    start_a, start_b = _start(record, flow, pipe)
    notes.append(f"pipe filled at the start with {start_a:.2f} to {start_b:.2f} degC")
    kelvins = ZERO_C + np.column_stack([record.T_in, record.T_out, ambient])
    kelvins[:, 1] = np.where(np.isnan(kelvins[:, 1]), kelvins[:, 0], kelvins[:, 1])
    inputs = np.column_stack([flow, kelvins])
    return Run(record.time, inputs, ZERO_C + start_a, ZERO_C + start_b, tuple(notes))


def _mass_flow(record: Record, pipe: Pipe) -> tuple[Array, str]:
    """Mass flow [kg/s]. A volume flow is weighed where it is metered.

    Flow meters stand in the cold pipe, before the heat source; from there on mass is what all
    parts of the circuit have in common, while the volume grows with the temperature.
    """
    if record.mass_flow is not None:
        return record.mass_flow, ""
    assert record.volume_flow is not None
    coldest = float(min(record.T_in.min(), np.nanmin(record.T_out)))
    at = coldest if pipe.meter is None else pipe.meter
    rho = density(at)
    return rho * record.volume_flow, f"volume flow metered at {at:.1f} degC, {rho:.1f} kg/m3"


def density(celsius: float) -> float:
    """Density of water [kg/m3] at a temperature [degC] (Kell 1975)."""
    t = celsius
    series = (999.83952, 16.945176, -7.9870401e-3, -46.170461e-6, 105.56302e-9, -280.54253e-12)
    return float(sum(c * t**k for k, c in enumerate(series)) / (1.0 + 16.879850e-3 * t))


def _start(record: Record, flow: Array, pipe: Pipe) -> tuple[float, float]:
    """Water at both ends before the run [degC], from the first readings.

    What is in the pipe is what leaves it next, so the outlet's first reading stands for its far
    end, and the inlet's for its near end: that is right for a pipe at rest, one in steady state
    and one whose inlet drifts. If the inlet moves faster at once than the difference between the
    ends can tell (it would be rate times transit time), the change that is to be tested has
    begun, the inlet's reading belongs to it, and the outlet's stands for the whole pipe.
    """
    T_in, T_out = float(record.T_in[0]), float(record.T_out[0])
    transit = pipe.volume * density(T_out) / max(float(np.abs(flow).max()), 1e-9)
    soon = min(LOOK_AHEAD * transit, float(record.time[-1] - record.time[0]))
    late = max(soon, float(record.time[1] - record.time[0]))
    moved = float(np.interp(record.time[0] + late, record.time, record.T_in)) - T_in
    rate_of_pipe = abs(T_in - T_out) / transit
    if abs(moved) / late > STEADY_FACTOR * rate_of_pipe + 0.1 / transit:
        return T_out, T_out
    return T_in, T_out


# ---- the plant ---------------------------------------------------------------------------------


def simulate(run: Run, pipe: Pipe, fmu: Path) -> tuple[Array, Array]:
    """Outlet water and the wall beside it [degC] at the times of the run."""
    parameters = {f"pipe.{name}": value for name, value in pipe.parameters().items()}
    parameters |= {"pipe.T_start_a": run.start_a, "pipe.T_start_b": run.start_b}
    parameters["pipe.T_start_ambient"] = float(run.inputs[0, 3])
    outputs = ("pipe.T_face_a", "pipe.T_face_b", "pipe.T_wall_a", "pipe.T_wall_b")
    with open_fmu(fmu) as file:
        for name, value in pipe.parameters().items():
            file.variables[name].check_range(OPTIONS.get(name, name), value)
        given = [f"pipe.{name}" for name in INPUTS]
        with Network({"pipe": file}, [], given, outputs, parameters=parameters) as plant:
            first = plant.initialize(run.inputs[0]).copy()
            rows = [first, *(plant.run(held, dt)[-1].copy() for held, dt in _intervals(run))]
    found = np.array(rows) - ZERO_C
    return found[:, 1], found[:, 3]


def _intervals(run: Run) -> Iterator[tuple[Array, int]]:
    """Between rows: inputs in the middle of each step, and its length [ns]."""
    at_ns = np.round((run.time - run.time[0]) * 1e9).astype(np.int64)
    for k, length_ns in enumerate(np.diff(at_ns)):
        parts = max(1, int(np.ceil(length_ns * 1e-9 / LONGEST_STEP_S)))
        share = ((np.arange(parts) + 0.5) / parts)[:, None]
        held = run.inputs[k] + share * (run.inputs[k + 1] - run.inputs[k])
        yield held, int(length_ns) // parts


def _refuse_fast(run: Run, pipe: Pipe) -> None:
    """A unit that is wrong shows as a speed that no pipe has."""
    fastest = float(np.abs(run.inputs[:, 0]).max())
    speed = fastest / (950.0 * pipe.volume / pipe.length)
    if speed > 20.0:
        rule = f"is {speed:.3g} m/s in this pipe; are its unit and the diameter right?"
        raise refuse("largest flow [kg/s]", round(fastest, 4), rule)
