"""A loop's answer to a step against scipy's; what a tuning proposal is made of, and when there is
none."""

import re

import numpy as np
import pytest
from loop_trial import LoopRig, carry_out, doing_on, written
from scipy.signal import TransferFunction, step

from hil.commissioning.answering import answered
from hil.commissioning.procedure import Step, StepTest

BY = 2.0
AT_S = 600


def wanted(**limits):
    test = {"setting": "T_sink_out", "by": f"{BY} K", "measured": "T_sink_out", "lasts": "20 min"}
    return StepTest(**test, **(limits or {"overshoot": 1.0}))


def second_order(zeta, w, sigma=0.0):
    """A reading that is shifted against a loop that answers as a second-order system, and back."""
    t, y = step(TransferFunction([w * w], [1.0, 2.0 * zeta * w, w * w]), T=np.arange(0.0, 1200.0))
    noise = sigma * np.random.default_rng(2).standard_normal(AT_S + 1 + len(t))
    plant = np.concatenate([np.zeros(AT_S + 1), BY * y])
    shift = np.where(np.arange(len(plant)) > AT_S, -BY, 0.0)
    return t, y, {"T_sink_out": (350.0 + plant + shift + noise).tolist()}


def judged(columns, **limits):
    scope, trace = written(columns)
    return answered(wanted(**limits), scope, trace, float(AT_S), BY, shifted=True)


@pytest.mark.parametrize(("zeta", "w"), [(0.4, 0.03), (0.6, 0.05), (0.8, 0.02)])
def test_rise_and_overshoot_of_a_second_order_answer(zeta, w):
    t, y, columns = second_order(zeta, w, sigma=0.005)
    figures = judged(columns).figures
    overshoot = np.exp(-np.pi * zeta / np.sqrt(1.0 - zeta * zeta))
    rise_s = t[np.argmax(y >= 0.9)] - t[np.argmax(y >= 0.1)]
    assert figures["overshoot [-]"] == pytest.approx(overshoot, abs=0.02)
    assert figures["rise [s]"] == pytest.approx(rise_s, rel=0.05, abs=1.0)
    outside = t[np.abs(y - 1.0) > 0.05][-1]
    assert figures["settling [s]"] == pytest.approx(outside, rel=0.1, abs=2.0)
    assert figures["steady error [K]"] == pytest.approx(0.0, abs=0.01)


def test_each_limit_is_held_against_its_figure():
    *_, columns = second_order(0.4, 0.03, sigma=0.005)
    found = judged(columns).figures
    of = {"rise": found["rise [s]"], "overshoot": found["overshoot [-]"],
          "settles": found["settling [s]"]}  # fmt: skip
    for key, value in of.items():
        for factor, verdict in ((1.01, "pass"), (0.99, "fail")):
            limit = value * factor if key == "overshoot" else f"{value * factor} s"
            assert judged(columns, **{key: limit}).verdict == verdict, (key, factor)


@pytest.mark.parametrize("sigma", [0.0, 0.02])
@pytest.mark.parametrize("limit", [{"rise": "10 min"}, {"overshoot": 0.4}, {"oscillation": 1}])
def test_a_reading_that_never_comes_back_fails(sigma, limit):
    noise = sigma * np.random.default_rng(4).standard_normal(AT_S + 1201)
    dead = noise + np.array([350.0] * (AT_S + 1) + [350.0 - BY] * 1200)
    found = judged({"T_sink_out": dead.tolist()}, **limit)
    assert found.verdict == "fail"
    assert found.why.startswith("does not answer: it stays where it was; ")


FIFTY = "less than 50)"


def goes_dark(columns):
    """Nothing is read after the step."""
    return [value if k <= AT_S else None for k, value in enumerate(columns["T_sink_out"])]


@pytest.mark.parametrize(
    ("cut", "why"),
    [
        (goes_dark, f"oscillation index (only 0 samples, {FIFTY}"),
        (
            lambda columns: columns["T_sink_out"][: AT_S + 40],
            f"oscillation index (only 39 samples, {FIFTY}",
        ),
    ],
    ids=["dead sensor", "too short"],
)
def test_too_few_values_to_say_that_it_hunts_make_nobody_sure(cut, why):
    *_, columns = second_order(0.4, 0.03, sigma=0.005)
    assert judged(columns, oscillation=1.0).verdict == "pass"
    found = judged({"T_sink_out": cut(columns)}, oscillation=1.0)
    assert found.verdict == "inconclusive"
    assert found.why.startswith(why)


def test_what_is_too_slow_to_show_five_periods_does_not_hunt():
    _, _, columns = second_order(0.8, 0.02)
    found = judged(columns, oscillation=1.0)
    assert (found.verdict, found.figures["oscillation index [-]"]) == ("pass", None)


def test_noise_that_hides_the_step_makes_nobody_sure():
    *_, columns = second_order(0.8, 0.02, sigma=2.0 * BY)
    assert judged(columns, rise="10 min").verdict == "inconclusive"


def test_shifts_add_up_and_end_with_the_block():
    rig = LoopRig(kp=0.0)
    doing = doing_on(rig)
    for by in ("2 K", "-0.5 K"):
        assert doing.do(Step(shift={"T_sink_out": by})).verdict == "pass"
    assert rig.seen() == pytest.approx(351.5)
    rig.let_go()
    rig.cycle()
    assert rig.seen() == pytest.approx(350.0)


def test_a_shifted_reading_is_a_set_point_moved_the_other_way():
    rig = LoopRig(gain=10.0, tau_s=30.0, theta_s=2, kp=0.05, ti_s=30.0)
    carry_out(rig, {"shift": {"T_sink_out": "-2 K"}}, {"wait": "30 min"})
    assert rig.seen() == pytest.approx(350.0, abs=0.01)  # the controller is content
    assert rig.seen() - rig.added == pytest.approx(352.0, abs=0.01)  # 2 K warmer for that
    assert rig.command(rig.output.column) == pytest.approx(0.5 + 2.0 / 10.0, abs=0.01)


def test_a_shift_by_what_has_no_value_is_not_made():
    rig = LoopRig(registers={"T_sink_in": [None]})
    found = carry_out(rig, {"shift": {"T_sink_out": "T_sink_in - T_sink_out"}})
    assert (found.verdict, rig.added) == ("inconclusive", 0.0)


# a loop's process, and the unit of its controller's gain
SINK = {"reading": "T_sink_out", "command": "u_compressor", "level": 350.0,
        "registers": {"sink_gain": [0.02], "sink_integral": [60.0]}}  # fmt: skip
PUMP = {"reading": "dp_consumer", "command": "u_pump", "level": 150e3, "under_test": "network",
        "registers": {"pump_gain": [3e-6], "pump_integral": [20.0]}}  # fmt: skip
LOOPS = [
    (SINK, {"gain": 10.0, "tau_s": 60.0, "theta_s": 5, "kp": 0.05, "ti_s": 60.0}, "2 K", 0.01),
    (SINK, {"gain": -20.0, "tau_s": 150.0, "theta_s": 40, "kp": -0.03, "ti_s": 120.0}, "2 K", 0.01),
    (PUMP, {"gain": 160e3, "tau_s": 20.0, "theta_s": 3, "kp": 3e-6, "ti_s": 20.0}, "30 kPa", 50.0),
]


def stepped(names, process, by, sigma, **more):
    rig = LoopRig(**names, **process, sigma=sigma, **more)
    gain, integral = names["registers"]
    test = {
        "setting": names["reading"], "by": by, "measured": names["reading"], "lasts": "30 min",
        "command": names["command"], "gain": gain, "integral": integral, "overshoot": 2.0,
    }  # fmt: skip
    return carry_out(rig, {"wait": "15 min"}, {"step_test": test})


@pytest.mark.parametrize("loop", LOOPS, ids=["sink", "reverse", "pump"])
def test_the_process_of_a_loop_and_simc_for_it(loop):
    names, process, by, sigma = loop
    found = stepped(names, process, by, sigma)
    figures, si = found.figures, "Pa" if names is PUMP else "K"
    gain, tau_s, theta_s = process["gain"], process["tau_s"], process["theta_s"]
    assert "no proposal" not in figures
    assert figures[f"gain [{si}]"] == pytest.approx(gain, rel=0.05)
    assert figures["time constant [s]"] == pytest.approx(tau_s, rel=0.1)
    assert figures["dead time [s]"] == pytest.approx(theta_s, abs=max(1.5, 0.1 * tau_s))
    # Skogestad (2003), (24): with the line's cycle and a half as dead time
    late_s, loop_s = theta_s + 1.5, figures["tau_c [s]"]
    assert loop_s >= 0.85 * late_s
    unit, factor = ("1/kPa", 1e3) if names is PUMP else ("1/K", 1.0)
    kp = tau_s / (abs(gain) * (loop_s + late_s)) * factor
    assert figures[f"Kp proposed [{unit}]"] == pytest.approx(kp, rel=0.15)
    ti_s = min(tau_s, 4.0 * (loop_s + late_s))
    assert figures["Ti proposed [s]"] == pytest.approx(ti_s, rel=0.1)


def test_gains_are_in_the_unit_of_their_register_and_called_so():
    found = stepped(*LOOPS[2])
    assert found.figures["Kp now [1/kPa]"] == pytest.approx(0.003)
    assert found.figures["Ti now [s]"] == 20.0
    assert "(now pump_gain 0.003 1/kPa, pump_integral 20 s)" in found.why
    assert "; proposed pump_gain 0.0" in found.why
    k, unit = found.why.partition(" for K ")[2].partition(",")[0].split()
    assert (float(k), unit) == (pytest.approx(160.0, rel=0.05), "kPa")


def test_a_dead_time_of_nothing_is_0_s():
    quick = {"gain": 160e3, "tau_s": 20.0, "theta_s": 0, "kp": 3e-6, "ti_s": 20.0}
    found = stepped(PUMP, quick, "30 kPa", 10.0)
    assert found.figures["dead time [s]"] < 1.0
    assert re.search(r", L 0(\.\d)? s, R2 ", found.why)


def no_proposal(names, process, by, sigma, **more):
    figures = stepped(names, process, by, sigma, **more).figures
    assert not any(name.startswith("Kp proposed") for name in figures)
    return figures["no proposal"]


def test_no_proposal_where_the_command_stands():
    process = {**LOOPS[0][1], "kp": 0.0}
    assert no_proposal(SINK, process, "2 K", 0.01) == "the input does not move"


def test_no_proposal_where_something_else_moved_the_reading():
    def load(t):
        return 4.0 * np.sin(t / 40.0) * (t > 900) + (3.0 if t > 1000 else 0.0)

    why = no_proposal(*LOOPS[0], load=load)
    assert why.endswith("something else moved it") or "dead time" in why


def test_no_proposal_where_the_reading_went_against_the_command():
    """The controller opens, and the reading, which a load moves, goes as if that closed."""
    n, at = 2700, 900
    t = np.arange(n)
    u = 0.5 + 0.1 * (t > at)
    y = 350.0 - 6.0 * (t > at) * (1.0 - np.exp(-np.clip(t - at, 0, None) / 60.0))
    y += 0.005 * np.random.default_rng(1).standard_normal(n)
    columns = {"T_sink_out": y.tolist(), "u_compressor": u.tolist()}
    test = wanted(overshoot=9.0, command="u_compressor")
    found = answered(test, *written(columns), float(at), BY, target=350.0 + BY)
    assert found.figures["no proposal"] == (
        "the reading went against the command: something else moved it"
    )
