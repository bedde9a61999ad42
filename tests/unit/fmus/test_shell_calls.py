"""The C shell refuses what the standard or the model does not allow, and says why by name."""

import ctypes
import math

import pytest
from export_models import references, session
from fmpy.fmi1 import FMICallException

VERSIONS = ("2.0", "3.0")


def _refused(run, action, *words):
    with pytest.raises(FMICallException):
        action()
    assert all(word in run.messages[-1] for word in words), run.messages[-1]


@pytest.mark.parametrize("version", VERSIONS)
def test_only_tunable_parameters_change_in_a_run(version):
    run = session("Thermostat", version)
    leak, power = references(run, "leak", "P_heater")
    run.set([leak], [0.5])
    assert run.get([leak]) == [0.5]
    _refused(run, lambda: run.set([power], [100.0]), "P_heater", "fixed")
    assert run.get([power]) == [2000.0]


@pytest.mark.parametrize("version", VERSIONS)
def test_parameters_keep_their_range_and_inputs_are_free(version):
    run = session("Thermostat", version)
    leak, u_run = references(run, "leak", "u_run")
    _refused(run, lambda: run.set([leak], [1.5]), "leak = 1.5", "0 ... 1")
    run.set([u_run], [7.0])
    _refused(
        run,
        lambda: session("Thermostat", version, parameters={references(run, "P_heater")[0]: -1.0}),
        "0 ... 1",
    )


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_values_that_are_no_numbers_are_refused_and_nothing_is_set(version, value):
    run = session("Thermostat", version)
    ambient, u_run = references(run, "T_ambient", "u_run")
    _refused(run, lambda: run.set([ambient, u_run], [250.0, value]), "u_run", "finite")
    assert run.get([ambient]) == [280.0]


@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_calculated_cannot_be_set(version):
    run = session("Thermostat", version)
    for name in ("P", "der(T[1])", "time"):
        _refused(run, lambda n=name: run.set(references(run, n), [1.0]), name, "calculated")
    _refused(run, lambda: run.set(references(run, "T[1]"), [1.0]), "T[1]", "state")
    _refused(run, lambda: run.set([99_999], [1.0]), "99999", "no such variable")
    _refused(run, lambda: run.get([99_999]), "99999")
    _refused(run, lambda: run.get(references(run, "on")), "on", "integer")


@pytest.mark.parametrize("version", VERSIONS)
def test_states_are_set_by_reference_in_model_exchange(version):
    """As importers do that have no vector of states, such as CasADi."""
    run = session("Thermostat", version, "ModelExchange")
    body, rate = references(run, "T[1]", "der(T[1])")
    before = run.get([rate])
    run.set([body], [302.0])
    assert run.get([body]) == [302.0]
    assert run.get([rate]) != before
    run.fmu.enterEventMode()
    run.set([body], [301.0])
    assert run.get([rate]) == before
    _refused(run, lambda: run.set([rate], [1.0]), "der(T[1])", "calculated")
    _refused(run, lambda: run.set([body], [math.nan]), "T[1]", "finite")


@pytest.mark.parametrize("version", VERSIONS)
def test_steps_follow_each_other(version):
    run = session("Thermostat", version)
    run.step(0.0, 1.0)
    _refused(run, lambda: run.step(0.0, 1.0), "communication point", "1 s")
    for length in (0.0, -1.0, math.nan, math.inf, 1e300):
        _refused(run, lambda h=length: run.step(1.0, h), "step length")
    run.step(1.0, 0.5)
    assert run.get(references(run, "time")) == [1.5]


@pytest.mark.parametrize("version", VERSIONS)
def test_calls_in_the_wrong_phase_are_named(version):
    run = session("Thermostat", version)
    _refused(run, run.fmu.exitInitializationMode, "ExitInit", "step mode", "Co-Simulation")
    exchange = session("Thermostat", version, "ModelExchange")
    _refused(
        exchange,
        exchange.fmu.exitInitializationMode,
        "ExitInitializationMode",
        "continuous-time mode",
    )
    leak = references(exchange, "leak")
    _refused(exchange, lambda: exchange.set(leak, [0.1]), "leak", "between steps")
    exchange.fmu.enterEventMode()
    exchange.set(leak, [0.1])
    run.fmu.terminate()
    _refused(run, lambda: run.step(0.0, 1.0), "DoStep", "terminated")


@pytest.mark.parametrize("version", VERSIONS)
def test_numbers_that_leave_the_model_end_the_run_until_a_state_is_restored(version):
    run = session("Driven", version)
    saved = run.save()
    inlet = references(run, "T_in")
    run.set(inlet, [1e300])
    run.step(0.0, 1.0)
    run.set(inlet, [1.7e308])
    _refused(run, lambda: [run.step(1.0 + k, 1.0) for k in range(20)], "finite", "T")
    with pytest.raises(FMICallException):
        run.step(1.0, 1.0)
    assert "failed" in run.messages[-1]
    run.restore(saved)
    run.step(0.0, 1.0)
    assert 299.0 < run.get(references(run, "T_out"))[0] < 320.0


@pytest.mark.parametrize("version", VERSIONS)
def test_reset_goes_back_to_the_start(version):
    run = session("Thermostat", version)
    before = run.get(references(run, "T[1]", "E_heater"))
    run.step(0.0, 100.0)
    assert run.get(references(run, "T[1]", "E_heater")) != before
    run.fmu.reset()
    assert run.get(references(run, "T[1]", "E_heater")) == before


def test_events_are_logged_when_asked_for():
    quiet, talking = session("Thermostat", "2.0"), session("Thermostat", "2.0", log=True)
    for run in (quiet, talking):
        run.step(0.0, 200.0)
    assert quiet.messages == []
    assert any("on = 1" in text for text in talking.messages)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("categories", "events", "errors"),
    [((), True, True), (("logStatusError",), False, True), (("logEvents",), True, False)],
)
def test_only_the_log_categories_asked_for_are_told(version, categories, events, errors):
    run = session("Thermostat", version)
    _ask_for_logs(run, *categories)
    run.step(0.0, 200.0)
    assert any("on = 1" in text for text in run.messages) == events
    with pytest.raises(FMICallException):
        run.step(0.0, 1.0)
    assert any("communication point" in text for text in run.messages) == errors


@pytest.mark.parametrize("version", VERSIONS)
def test_a_log_category_that_does_not_exist_is_refused_by_name(version):
    run = session("Thermostat", version)
    _refused(run, lambda: _ask_for_logs(run, "logNoise"), "logNoise", "logEvents")


def _ask_for_logs(run, *categories):
    names = (ctypes.c_char_p * len(categories))(*(name.encode() for name in categories))
    call = run.fmu.fmi2SetDebugLogging if not run.is_fmi3 else run.fmu.fmi3SetDebugLogging
    call(run.fmu.component, True, len(categories), names)


def test_outputs_while_initialising_are_those_after_the_first_events():
    """Connected instances must see the outputs that they will start with."""
    run = session("Thermostat", "2.0")
    fmu = run.fmu
    fmu.reset()
    fmu.setupExperiment(startTime=0.0)
    fmu.enterInitializationMode()
    run.set(references(run, "T[1]"), [290.0])
    early = run.get(references(run, "P"))
    assert fmu.getInteger(references(run, "on")) == [1]
    run.set(references(run, "T[1]"), [302.0])
    assert fmu.getInteger(references(run, "on")) == [0]
    run.set(references(run, "T[1]"), [290.0])
    fmu.exitInitializationMode()
    assert run.get(references(run, "P")) == early == [2000.0]


@pytest.mark.parametrize(("version", "prefix"), [("2.0", "fmi2"), ("3.0", "fmi3")])
def test_null_pointers_do_not_crash(version, prefix):
    run = session("Thermostat", version)
    library = ctypes.CDLL(run.fmu.dll._name)  # without the signatures that fmpy has set
    instance = ctypes.c_void_p(getattr(run.fmu.component, "value", run.fmu.component))
    nothing, one = ctypes.c_void_p(None), ctypes.c_size_t(1)
    state = "FMUstate" if version == "2.0" else "FMUState"
    size = f"{prefix}Serialized{state}Size"
    for call, arguments in [
        (f"{prefix}Terminate", (nothing,)),
        (f"{prefix}Reset", (nothing,)),
        (f"{prefix}FreeInstance", (nothing,)),
        (f"{prefix}Get{state}", (nothing, nothing)),
        (f"{prefix}Get{state}", (instance, nothing)),
        (f"{prefix}Set{state}", (instance, nothing)),
        (f"{prefix}Free{state}", (instance, nothing)),
        (size, (instance, nothing, nothing)),
        (f"{prefix}Serialize{state}", (instance, nothing, nothing, one)),
        (
            f"{prefix}Get{'Real' if version == '2.0' else 'Float64'}",
            (instance, nothing, one, nothing, one),
        ),
        (
            f"{prefix}Set{'Real' if version == '2.0' else 'Float64'}",
            (instance, nothing, one, nothing, one),
        ),
        (
            f"{prefix}GetDirectionalDerivative",
            (instance, nothing, one, nothing, one, nothing, nothing, one, one),
        ),
    ]:
        function = getattr(library, call)
        function.restype = ctypes.c_int
        function(*arguments)
    run.step(0.0, 1.0)  # it still lives
    assert any("null pointer" in text for text in run.messages)


def test_a_wrong_token_gives_no_instance():
    run = session("Thermostat", "3.0")
    heard = []
    kind = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p)
    listen = kind(lambda _e, _s, _c, message: heard.append(message))
    make = run.fmu.dll.fmi3InstantiateModelExchange
    make.restype = ctypes.c_void_p
    assert not make(b"x", b"not the token", None, False, False, None, listen)
    assert b"token" in heard[0]
