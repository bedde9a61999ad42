"""Loops at rest: which hunt, which are quiet, which move what sticks, and what nobody can say."""

import numpy as np
import pytest
from loop_trial import LoopRig, carry_out, written

from hil.commissioning.at_rest import STILL_S, hunts, sticks
from hil.commissioning.procedure import Hunting, Sticking

N = 1800
T = np.arange(N)
BOTH = {"measured": "T_sink_out", "command": "u_compressor", "lasts": "30 min"}


def series(size, period_s=90.0, sigma=0.01, command=0.5, swing=0.05):
    """A reading that swings by `size` [K] in noise, and the command that goes with it."""
    rng = np.random.default_rng(5)
    wave = np.sin(2 * np.pi * T / period_s)
    reading = 350.0 + size * wave + sigma * rng.standard_normal(N)
    commands = command - swing * wave + 1e-4 * rng.standard_normal(N)
    return {"T_sink_out": reading.tolist(), "u_compressor": commands.tolist()}


def found(wanted, columns):
    return hunts(Hunting(**wanted), *written(columns), 0.0)


def test_a_loop_that_swings_hunts_and_how_is_said():
    hunting = found(BOTH, series(2.0))
    assert hunting.verdict == "fail"
    assert hunting.why.startswith("hunts: oscillation index of ")
    assert hunting.figures["period [s]"] == pytest.approx(90.0, rel=0.02)
    alone = found({"measured": "T_sink_out", "lasts": "30 min"}, series(2.0))
    assert alone.figures["amplitude [K]"] == pytest.approx(2.0, rel=0.05)
    assert alone.figures["point"] == "T_sink_out"


def test_a_quiet_loop_does_not():
    quiet = found(BOTH, series(0.0, swing=0.0))
    assert quiet.verdict == "pass"
    assert quiet.figures["oscillation index [-]"] is None or (
        quiet.figures["oscillation index [-]"] <= 1.0
    )


@pytest.mark.parametrize(("size", "verdict"), [(0.08, "pass"), (0.12, "fail")])
def test_swings_matter_from_their_amplitude_on(size, verdict):
    wanted = {**BOTH, "amplitude": "0.1 K"}
    assert found(wanted, series(size)).verdict == verdict
    assert found(BOTH, series(size)).verdict == "fail"


def test_a_higher_index_may_be_allowed():
    index = found(BOTH, series(2.0)).figures["oscillation index [-]"]
    assert found({**BOTH, "index": index * 1.01}, series(2.0)).verdict == "pass"
    assert found({**BOTH, "index": index * 0.99}, series(2.0)).verdict == "fail"


def test_of_what_has_no_values_nobody_knows_whether_it_hunts():
    columns = series(2.0)
    columns["T_sink_out"] = [None] * N
    unknown = found(BOTH, columns)
    assert unknown.verdict == "inconclusive"
    assert unknown.why.startswith("T_sink_out: only 0 samples")


def test_what_was_before_the_step_does_not_count():
    columns = series(2.0)
    still = series(0.0, swing=0.0)
    both = {name: columns[name] + still[name] for name in columns}
    assert hunts(Hunting(**BOTH), *written(both), float(N)).verdict == "pass"
    assert hunts(Hunting(**BOTH), *written(both), 0.0).verdict == "fail"


# a valve of Choudhury et al. (2005) in its simplest form: it stays until the command is away by so
# much, then jumps to it
def sticky(by):
    stem = 0.5

    def follow(u):
        nonlocal stem
        stem = u if abs(u - stem) > by else stem
        return stem

    return follow


STICKING = {"stiction": {"command": "u_compressor", "measured": "T_sink_out", "lasts": "50 min"}}


@pytest.mark.parametrize(("by", "verdict"), [(0.0, "pass"), (0.03, "fail")])
def test_a_valve_that_sticks_is_seen_by_the_shape_of_its_swings(by, verdict):
    rig = LoopRig(valve=sticky(by), gain=20.0, tau_s=20.0, theta_s=2, kp=0.02, ti_s=20.0,
                  sigma=0.01, load=lambda t: 0.2 if t > 60 else 0.0)  # fmt: skip
    seen = carry_out(rig, {"wait": "10 min"}, STICKING)
    assert seen.verdict == verdict, seen.why
    assert seen.why.startswith("sticks: half cycles of the output are triangles") == (by > 0.0)
    assert seen.figures["stiction"] == ("stiction" if by else "none")


def test_a_loop_that_is_too_tight_does_not_stick():
    rig = LoopRig(gain=20.0, tau_s=20.0, theta_s=6, kp=0.24, ti_s=20.0, sigma=0.01,
                  load=lambda t: 0.5 if t > 60 else 0.0)  # fmt: skip
    seen = carry_out(rig, {"wait": "1 min"}, STICKING)
    assert carry_out(rig, {"oscillation": BOTH}).verdict == "fail"
    assert seen.verdict in ("pass", "inconclusive"), seen.why


def by_position(stem, **more):
    command = 0.5 + 0.1 * np.abs((T / 150.0) % 2.0 - 1.0)  # a triangle: known turns
    follow = sticky(stem)
    columns = {
        "u_compressor": command.tolist(),
        "T_sink_in": [follow(u) for u in command],
        "T_sink_out": [350.0] * N,
    }
    wanted = Sticking(command="u_compressor", measured="T_sink_out", position="T_sink_in",
                      lasts="30 min", **more)  # fmt: skip
    return sticks(wanted, *written(columns), 0.0)


def test_by_its_position_a_valve_that_follows_does_not_stick():
    assert by_position(0.0).verdict == "pass"


def test_by_its_position_the_jump_of_one_that_sticks_is_known():
    seen = by_position(0.03)
    assert seen.verdict == "fail"
    assert seen.why.startswith("stiction: dead band ")
    # the jump is told from the nearest tenth of the way to the next
    assert seen.figures["slip jump [-]"] == pytest.approx(0.03, rel=0.15)
    assert by_position(0.03, band=0.05).verdict == "pass"


def test_by_its_position_one_that_never_turned_is_not_judged():
    assert by_position(1.0).verdict == "inconclusive"


NO_ANSWER = "no answer of T_sink_out is seen: it stands, or makes up for a load"


@pytest.mark.parametrize("seed", range(5))
def test_a_command_that_winds_away_without_an_answer_is_not_passed(seed):
    rng = np.random.default_rng(seed)
    columns = {
        "u_compressor": np.linspace(0.4, 0.6, N).tolist(),
        "T_sink_out": (350.0 + 0.02 * rng.standard_normal(N)).tolist(),
    }
    wanted = Sticking(command="u_compressor", measured="T_sink_out", lasts="30 min")
    seen = sticks(wanted, *written(columns), 0.0)
    assert seen.verdict == "inconclusive"
    assert seen.why == f"u_compressor went over 0.20 and {NO_ANSWER}"


def test_a_loop_that_makes_up_for_a_load_is_not_blamed():
    rig = LoopRig(sigma=0.03, load=lambda t: 3.0 * (t / 1800.0) ** 2)
    seen = carry_out(rig, STICKING)
    assert seen.verdict != "fail"


def test_without_readings_nobody_knows_whether_it_sticks():
    columns = {"u_compressor": [0.5] * N, "T_sink_out": [None] * N}
    wanted = Sticking(command="u_compressor", measured="T_sink_out", lasts="30 min")
    assert sticks(wanted, *written(columns), 0.0).verdict == "inconclusive"


@pytest.mark.parametrize("end", [0.0, 1.0])
def test_a_loop_at_its_limit_is_not_at_work(end):
    rig = LoopRig(at=end, load=lambda t: 100.0 if end == 0.0 else -100.0)
    seen = carry_out(rig, {"at_work": "u_compressor"})
    assert seen.verdict == "skipped"
    assert seen.why == f"u_compressor stands at its limit, {end:.0%}: its loop is not at work"
    assert rig.t_s == STILL_S


def test_a_loop_that_moves_goes_on():
    assert carry_out(LoopRig(), {"at_work": "u_compressor"}).verdict == "pass"


def test_a_loop_that_has_just_come_off_its_limit_is_at_work():
    rig = LoopRig(at=0.0, load=lambda t: 5.0 if t < 60 else -5.0)
    assert carry_out(rig, {"at_work": "u_compressor"}).verdict == "pass"
