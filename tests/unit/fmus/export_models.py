"""Small models that exercise the exporter, built once a test run."""

import tempfile
from functools import cache
from pathlib import Path
from zipfile import ZipFile

import casadi as ca
from fmpy import read_model_description

from fmus.equations import Model
from fmus.export import build
from fmus.export.session import Interface, Session

WATER = 4186.0


def thermostat() -> Model:
    """A heated body with hysteresis, a shortest time off and meters that must close."""
    model = Model("Thermostat", "Body, heater and thermostat", h_max_s=0.25)
    ambient = model.input("T_ambient", 280.0, "K", "surroundings")
    allowed = model.input("u_run", 1.0, "-", "heater may run above 0.5", min=0.0, max=1.0)
    power = model.parameter("P_heater", 2000.0, "W", "heater", min=0.0, max=5000.0)
    leak = model.parameter("leak", 0.0, "-", "fault", min=0.0, max=1.0, tunable=True)
    body, shell = ca.vertsplit(model.state("T", [301.0, 300.0], "K", "body, shell", size=2))
    off_for = model.state("t_off", 1000.0, "s", "time since the heater went off")
    e_in = model.state("E_heater", 0.0, "J", "heat in", nominal=1e6)
    e_out = model.state("E_loss", 0.0, "J", "heat out", nominal=1e6)
    on = model.mode("on", 0, "heater is on")
    heat = power * on
    inner = 60.0 * (body - shell)
    loss = 40.0 * (1 + leak) * (shell - ambient) + 0.5 * ca.fabs(shell - ambient) ** 1.25
    model.der(body, (heat - inner) / 2.0e4)
    model.der(shell, (inner - loss) / 1.0e4)
    model.der(off_for, 1.0)
    model.der(e_in, heat)
    model.der(e_out, loss)
    too_hot, too_cold = body > 303.0, ca.logic_and(body < 300.0, off_for > 30.0)
    stop = ca.logic_or(too_hot, allowed <= 0.5)
    start = ca.logic_and(too_cold, allowed > 0.5)
    after = ca.if_else(on > 0.5, ca.if_else(stop, 0, 1), ca.if_else(start, 1, 0))
    late = 1e-7
    crossings = [body - 303.0 - late, 300.0 - late - body, off_for - 30.0 - late, allowed - 0.5]
    model.when(on, after, crossings)
    model.reinit(off_for, ca.if_else(ca.logic_and(on > 0.5, after < 0.5), 0, off_for))
    model.output("E_heater", e_in, "J", "heat in")
    model.output("E_loss", e_out, "J", "heat out")
    model.output("E_stored", 2.0e4 * body + 1.0e4 * shell, "J", "heat stored")
    model.output("P", heat, "W", "heater power now")
    return model


def driven() -> Model:
    """A stiff chain with an exponential law, driven by time and by inputs; no events."""
    model = Model("Driven", "Three volumes and a wall, a source that dies away", h_max_s=0.25)
    inlet = model.input("T_in", 320.0, "K", "inlet")
    flow = model.input("m", 2.0, "kg/s", "flow", min=0.0)
    ua = model.parameter("UA", 900.0, "W/K", "exchange at 2 kg/s", min=0.0, tunable=True)
    capacity = model.parameter("C", 3.0e4, "J/K", "capacity of a volume", min=1.0)
    T = model.state("T", 300.0, "K", "volumes", size=3, nominal=300.0)
    wall = model.state("T_wall", 300.0, "K", "wall", nominal=300.0)
    source = 5.0e3 * ca.exp(-model.time / 60.0)
    exchange = ua * (ca.fmax(flow, 1e-3) / 2.0) ** 0.8 * (T[2] - wall)
    upstream = ca.vertcat(inlet, T[0], T[1])
    gain = ca.vertcat(source, 0, -exchange)
    model.der(T, (flow * WATER * (upstream - T) + gain) / capacity)
    model.der(wall, (exchange + 1e3 * ca.tanh((300.0 - wall) / 5.0)) / 500.0)
    model.output("T_out", T[2], "K", "outlet")
    model.output("Q", exchange, "W", "heat to the wall")
    model.output("level", ca.log(T[0] / 273.15) + 0.001 * model.time, "-", "depends on time")
    return model


def ranged() -> Model:
    """A body that follows its surroundings, valid in a band of temperatures and of heat flow."""
    model = Model("Ranged", "A body with a range of validity")
    ambient = model.input("T_ambient", 300.0, "K", "surroundings")
    ua = model.parameter("UA", 10.0, "W/K", "exchange", min=1.0, max=100.0)
    T = model.state("T", 300.0, "K", "body", nominal=300.0)
    heat = model.algebraic("heat", 0.0, "W", "heat to the body", nominal=100.0)
    model.solve(heat, heat - ua * (ambient - T))
    model.der(T, heat / 100.0)
    model.output("Q", heat, "W", "heat to the body")
    model.valid_range("body", T, 280.0, 320.0, "K")
    model.valid_range("heat flow", heat, -1e3, float("inf"), "W")
    return model


def branches() -> Model:
    """Two parallel branches behind a pump: their flows are algebraic, what they carry is not."""
    model = Model("Branches", "A pump, two branches, a heated volume in each", h_max_s=0.5)
    speed = model.input("speed", 1.0, "-", "pump speed", min=0.0, max=2.0)
    T_in = model.input("T_in", 300.0, "K", "inlet")
    opening = model.parameter("opening", 0.5, "-", "valve of branch 2", min=0.0, tunable=True)
    heat = model.parameter("Q", 4.0e4, "W", "heat into branch 1", tunable=True)
    m1 = model.algebraic("m1", 0.5, "kg/s", "flow of branch 1")
    m2 = model.algebraic("m2", 0.5, "kg/s", "flow of branch 2")
    dp = model.algebraic("dp", 1.0, "Pa", "pressure across the branches", nominal=10.0)
    T1 = model.state("T1", 300.0, "K", "volume 1", nominal=300.0)
    T2 = model.state("T2", 310.0, "K", "volume 2", nominal=300.0)
    e_in = model.state("E_in", 0.0, "J", "heat in", nominal=1e6)
    swell = 1.0 + 0.5 * ca.exp(-model.time / 40.0)
    viscous = 1.0 + 0.02 * (T1 - 300.0)
    model.solve(m1, m1 - dp / (viscous + ca.sqrt(m1 * m1 + 1e-4)))
    model.solve(m2, m2 - opening * dp / ca.sqrt(ca.sqrt(dp * dp + 1e-2)))
    model.solve(dp, dp - (6.0 * speed * speed * swell - 1.5 * (m1 + m2)))
    model.der(T1, (m1 * WATER * (T_in - T1) + heat) / 8.0e4)
    model.der(T2, m2 * WATER * (T1 - T2) / 5.0e4)
    model.der(e_in, heat + WATER * (m1 * T_in + m2 * T1 - m1 * T1 - m2 * T2))
    model.output("m1", m1, "kg/s", "flow of branch 1")
    model.output("dp", dp, "Pa", "pressure across the branches")
    model.output("T2_out", T2, "K", "outlet 2")
    model.output("E_in", e_in, "J", "heat in")
    model.output("E_stored", 8.0e4 * T1 + 5.0e4 * T2, "J", "heat stored")
    return model


_folder = tempfile.TemporaryDirectory()
MODELS = {"Thermostat": thermostat, "Driven": driven, "Branches": branches, "Ranged": ranged}


@cache
def built(name: str, version: str) -> Path:
    """Path of the FMU of one of `MODELS`."""
    found = build(MODELS[name](), Path(_folder.name), fmi=(version,))
    return found[0]


@cache
def unpacked(name: str, version: str) -> Path:
    folder = Path(_folder.name) / f"{name}-{version}"
    with ZipFile(built(name, version)) as archive:
        archive.extractall(folder)
    return folder


def session(name: str, version: str, interface: Interface = "CoSimulation", **more) -> Session:
    description = read_model_description(str(built(name, version)), validate=False)
    return Session(unpacked(name, version), description, interface, **more)


def references(running: Session, *names: str) -> list[int]:
    known = {v.name: v.valueReference for v in running.description.modelVariables}
    return [known[name] for name in names]
