"""Built FMUs, with fmpy as the importer that shares no code with them."""

from concurrent.futures import ThreadPoolExecutor

import fmpy
import numpy as np
import pytest
from export_models import MODELS, built, references, session
from fmpy.fmi1 import FMICallException
from fmpy.validation import validate_fmu

import fmus.export.codegen
from fmus.export import build
from fmus.export.session import Session

VERSIONS = ("2.0", "3.0")
NAMES = ("Thermostat", "Driven", "Branches")


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", NAMES)
def test_valid_by_the_standard(name, version):
    assert validate_fmu(str(built(name, version))) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_co_simulation_agrees_with_cvode(version):
    results = {}
    for interface in ("CoSimulation", "ModelExchange"):
        results[interface] = fmpy.simulate_fmu(
            str(built("Driven", version)),
            fmi_type=interface,
            stop_time=120.0,
            output_interval=1.0,
            relative_tolerance=1e-10,
            output=["T[1]", "T_out", "T_wall", "Q", "level"],
        )
    ours, cvode = results["CoSimulation"], results["ModelExchange"]
    assert len(ours) == len(cvode) == 121
    for name in ("T[1]", "T_out", "T_wall"):
        assert np.max(np.abs(ours[name] - cvode[name]) / cvode[name]) < 1e-5
    assert ours["level"][-1] == pytest.approx(cvode["level"][-1], rel=1e-5)


@pytest.mark.parametrize("version", VERSIONS)
def test_step_converges_with_order_two_also_in_time_dependent_equations(
    version, tmp_path, monkeypatch
):
    """Half the step: a quarter of the error. Steps as they come, none shortened for its error."""
    monkeypatch.setattr(fmus.export.codegen, "ROUGH_AT_1S", 1.0)
    path = fmpy.extract(build(MODELS["Driven"](), tmp_path, fmi=(version,))[0], tmp_path / "files")
    description = fmpy.read_model_description(path, validate=False)

    def volume_after_8_s(length):
        with_steps = Session(path, description, "CoSimulation")
        for k in range(round(8.0 / length)):
            with_steps.step(k * length, length)
        return with_steps.get(references(with_steps, "T[1]"))[0]

    exact = volume_after_8_s(1.0 / 256.0)
    errors = [abs(volume_after_8_s(length) - exact) for length in (0.25, 0.125, 0.0625)]
    assert 3.5 < errors[0] / errors[1] < 4.6
    assert 3.5 < errors[1] / errors[2] < 4.6


def test_a_course_that_bends_is_taken_in_short_steps_whatever_the_importer_asks_for():
    """Steps of 0.25 s are cut so that they miss no more than an importer's steps of 1/64 s do."""

    def volume_after_8_s(length):
        with_steps = session("Driven", "2.0")
        for k in range(round(8.0 / length)):
            with_steps.step(k * length, length)
        return with_steps.get(references(with_steps, "T[1]"))[0]

    exact = volume_after_8_s(1.0 / 1024.0)
    assert abs(volume_after_8_s(8.0) - exact) < 4e-6
    assert abs(volume_after_8_s(0.25) - exact) < 4e-6


@pytest.mark.parametrize("version", VERSIONS)
def test_thermostat_switches_at_the_same_times(version):
    """Hysteresis and the shortest time off, on an event timer that is a state set back."""
    switches = {}
    for interface in ("CoSimulation", "ModelExchange"):
        run = fmpy.simulate_fmu(
            str(built("Thermostat", version)),
            fmi_type=interface,
            stop_time=1500.0,
            output_interval=0.5,
            relative_tolerance=1e-10,
            output=["on", "t_off", "P"],
        )
        at, on = run["time"], run["on"]
        changes = np.flatnonzero(np.diff(on))
        switches[interface] = [(round(float(at[k + 1]), 1), int(on[k + 1])) for k in changes]
        off = run[run["on"] == 0]
        exact = off["time"] - off["t_off"]  # when it went off, to more digits than the rows have
        switches[interface + "-off"] = sorted({round(float(v), 2) for v in exact})
    assert len(switches["CoSimulation"]) >= 6
    for (t_cs, on_cs), (t_me, on_me) in zip(
        switches["CoSimulation"], switches["ModelExchange"], strict=True
    ):
        assert on_cs == on_me
        assert abs(t_cs - t_me) <= 0.5
    offs_cs, offs_me = switches["CoSimulation-off"], switches["ModelExchange-off"]
    assert max(min(abs(a - b) for b in offs_me) for a in offs_cs) < 0.02


@pytest.mark.parametrize("version", VERSIONS)
def test_meters_close_to_round_off_through_events(version):
    run = session("Thermostat", version)
    refs = references(run, "E_stored", "E_heater", "E_loss")
    stored, *_ = run.get(refs)
    worst = 0.0
    for k in range(2000):
        run.set(references(run, "T_ambient", "u_run"), [280.0 - k % 7, float(k % 400 < 390)])
        run.step(float(k), 1.0)
        now, heat, loss = run.get(refs)
        worst = max(worst, abs((now - stored) - (heat - loss)) / max(heat, loss))
    assert heat > 1e6
    assert worst < 1e-11  # each internal step rounds


@pytest.mark.parametrize("version", VERSIONS)
def test_an_input_that_crosses_between_steps_switches_the_mode_at_once(version):
    run = session("Thermostat", version)
    u_run, power = references(run, "u_run", "P")
    on = references(run, "on")
    read = run.fmu.getInt32 if version == "3.0" else run.fmu.getInteger
    t = 0.0
    while read(on)[0] == 0:
        run.step(t, 1.0)
        t += 1.0
        assert t < 100.0
    run.set([u_run], [0.0])
    run.step(t, 1e-3)
    assert read(on)[0] == 0
    assert run.get([power])[0] == 0.0
    off_for = run.get(references(run, "t_off"))[0]
    assert off_for == pytest.approx(1e-3, abs=1e-9)


# ---- derivatives -------------------------------------------------------------------------------


def test_derivative_by_time_is_provided():
    run = session("Driven", "3.0", "ModelExchange")
    level, rate = references(run, "level", "der(T[1])")
    run.fmu.setTime(30.0)
    by_time = run.directional([level, rate], [0], [1.0])
    assert by_time[0] == pytest.approx(0.001, rel=1e-12)
    assert by_time[1] == pytest.approx(-5.0e3 / 60.0 * np.exp(-0.5) / 3.0e4, rel=1e-12)


@pytest.mark.parametrize("name", NAMES)
def test_adjoint_is_the_transpose_of_directional(name):
    run = session(name, "3.0", "ModelExchange")
    unknowns = [u.variable.valueReference for u in run.description.derivatives]
    knowns = [u.variable.derivative.valueReference for u in run.description.derivatives]
    knowns += [v.valueReference for v in run.description.modelVariables if v.causality == "input"]
    jacobian = np.array([run.directional(unknowns, [k], [1.0]) for k in knowns])
    weights = np.random.default_rng(3).uniform(-1, 1, len(unknowns))
    gradient = run.fmu.getAdjointDerivative(
        unknowns, knowns, list(weights), nSensitivity=len(knowns)
    )
    np.testing.assert_allclose(gradient, jacobian @ weights, rtol=1e-12, atol=1e-15)


# ---- state -------------------------------------------------------------------------------------


def _steps(run, t0, count=50):
    rows = []
    names = [v.name for v in run.description.modelVariables if v.causality == "output"]
    for k in range(count):
        run.set(references(run, "T_ambient"), [275.0 + k % 9])
        run.step(t0 + k, 1.0)
        rows.append(run.get(references(run, *names)))
    return rows


@pytest.mark.parametrize("version", VERSIONS)
def test_restored_state_repeats_bit_for_bit(version):
    run = session("Thermostat", version)
    _steps(run, 0.0)
    saved = run.save()
    first = _steps(run, 50.0, 100)
    run.restore(saved)
    assert _steps(run, 50.0, 100) == first
    other = session("Thermostat", version)
    other.restore(other.from_bytes(run.to_bytes(saved)))
    assert _steps(other, 50.0, 100) == first


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("mask", [0x01, 0x80, 0xFF])
def test_every_flipped_byte_of_a_state_is_refused(name, version, mask):
    """Header, token, values and checksum: each single byte."""
    run = session(name, version)
    data = run.to_bytes(run.save())
    for place in range(len(data)):
        broken = bytearray(data)
        broken[place] ^= mask
        with pytest.raises(FMICallException):
            run.from_bytes(bytes(broken))
    assert any("corrupt" in text for text in run.messages)
    assert any("another model" in text for text in run.messages)
    run.restore(run.from_bytes(data))


@pytest.mark.parametrize("version", VERSIONS)
def test_states_of_another_model_or_length_are_refused(version):
    run, other = session("Thermostat", version), session("Driven", version)
    data = run.to_bytes(run.save())
    for foreign in (data, data[:-1], b"", other.to_bytes(other.save()) + b"x"):
        with pytest.raises(FMICallException):
            other.from_bytes(foreign)


def test_a_state_is_the_same_in_both_versions_but_not_across_interfaces():
    two, three = session("Thermostat", "2.0"), session("Thermostat", "3.0")
    _steps(two, 0.0)
    three.restore(three.from_bytes(two.to_bytes(two.save())))
    assert _steps(three, 50.0) == _steps(two, 50.0)
    exchange = session("Thermostat", "2.0", "ModelExchange")
    with pytest.raises(FMICallException):
        exchange.restore(exchange.from_bytes(two.to_bytes(two.save())))
    assert "Co-Simulation instance" in exchange.messages[-1]


def test_two_instances_do_not_share_anything():
    alone = _steps(session("Thermostat", "2.0"), 0.0, 30)
    a, b = session("Thermostat", "2.0"), session("Thermostat", "2.0")
    b.set(references(b, "u_run"), [0.0])
    rows = []
    for k in range(30):
        a.set(references(a, "T_ambient"), [275.0 + k % 9])
        a.step(float(k), 1.0)
        b.step(float(k), 1.0)
        names = [v.name for v in a.description.modelVariables if v.causality == "output"]
        rows.append(a.get(references(a, *names)))
    assert rows == alone


def test_instances_in_threads_do_not_disturb_each_other():
    runs = [session("Thermostat", "2.0") for _ in range(4)]
    alone = _steps(session("Thermostat", "2.0"), 0.0, 200)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda run: _steps(run, 0.0, 200), runs))
    assert all(rows == alone for rows in results)
