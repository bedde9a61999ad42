"""What a loop test identifies in closed loop is what the plant does with its commands by hand.

Where the other loops stand still: with them at work a loop has another process to hold.
"""

import csv

import numpy as np
import pytest
from commission_desk import commission, record_of

BY_HAND = """\
procedure: own.by_hand
title: A command is stepped by hand
of: cooling_loop
prerequisites:
  - {point: state, equals: RUNNING, within: 30 min, hold: 5 min}
blocks:
"""
BLOCK = """\
  - block: NAME
    steps:
      - boundary: {cooling_loop.P_it: 4.73 MW, district_network.Q_demand: mean}
      - wait: 2 h
      - set: {u_pump_manual: u_pump, u_valve_manual: u_valve, u_fan_manual: u_fan, manual: true}
      - set: {u_NAME_manual: START}
      - wait: 2 h
      - set: {u_NAME_manual: STEP * u_NAME}
      - wait: 1 h
      - expect: {point: READING, above: -40 degC}
      - expect: {point: u_NAME, above: 0 %}
"""
ALONE = """\
  - block: NAME_loop
    steps:
      # by hand where it stands, then automatic there; the other two loops see no error and stay
      - boundary: {cooling_loop.P_it: 4.73 MW, district_network.Q_demand: mean}
      - wait: 2 h
      - set: {u_pump_manual: u_pump, u_valve_manual: u_valve, u_fan_manual: u_fan}
      - set: {u_NAME_manual: START, manual: true}
      - wait: 1 h
      - force: {OTHERS}
      - shift: {READING: design.READING_sp - READING}
      - set: {manual: false}
      - wait: 20 min
      - step_test:
          {setting: READING, by: BY, measured: READING, command: u_NAME, lasts: LASTS, rise: LASTS}
"""
READINGS = {"fan": "T_dry_cooler", "pump": "T_return", "valve": "T_supply"}
# where a loop test of each works as well; step of the command [-]; from when on the gain is taken
# [s]; what closed and open loop may differ by in gain, and in 63 % time [-] (None: the answer is
# not of first order). Found (mantsala, seed 1): fan gain 3 %, time 0 %; pump 37 %, 22 %, with a
# drift of 1.5 K/h under it; valve 6 %, whose slow part goes on for an hour
LOOPS = {
    "fan": ("T_dry_cooler", "0.8 * u_fan + 10 %", 0.9, 600.0, 0.15, 0.25, "1 K", "20 min"),
    "pump": ("T_return", "0.7 * u_pump", 1.05, 600.0, 0.15, 0.25, "-1 K", "20 min"),
    "valve": ("T_supply", "u_valve", 0.9, 1200.0, 0.15, None, "1 K", "1 h"),
}
PRESSURE = """\
procedure: own.by_hand
title: A command is stepped by hand
of: network
blocks:
  - block: pump
    steps:
      - boundary: {district_network.Q_demand: mean}
      - set: {u_pump_manual: u_pump, manual: true}
      - wait: 20 min
      - set: {u_pump_manual: u_pump + 4 %}
      - wait: 10 min
      - expect: {point: dp_consumer, above: 0 kPa}
      - expect: {point: u_pump, above: 0 %}
"""
# found (espoo, seed 1): 11 % in gain after 5 min. 63 % of it are there after 112 s by hand, 60 s in
# closed loop: consumers close their valves after the pressure has come, which is not of first order
PRESSURE_AFTER_S, PRESSURE_MOST = 300.0, 0.4
BEFORE_S, MEAN_S = 600.0, 120.0


def opened(path, command, reading, after_s):
    """Static gain [SI/-] and 63 % time [s] of the last step of a command, from a line before it."""
    with path.open(newline="", encoding="utf-8") as file:
        head, *rows = csv.reader(file)
    names = [cell.partition(" [")[0] for cell in head]
    table = np.array([[float(cell) if cell else np.nan for cell in row] for row in rows])
    t, u, y = (table[:, names.index(name)] for name in ("t", command, reading))
    k = int(np.flatnonzero(np.abs(np.diff(u)) > 1e-3)[-1]) + 1
    before = (t > t[k] - BEFORE_S) & (t < t[k])
    gone = y - np.polyval(np.polyfit(t[before], y[before], 1), t)
    there = gone[(t > t[k] + after_s - MEAN_S) & (t <= t[k] + after_s)].mean()
    smooth = np.convolve(gone[k:], np.ones(5) / 5, "same")
    t63_s = t[k:][np.argmax(smooth / there > 1.0 - np.exp(-1.0))] - t[k]
    return there / (u[k] - u[k - 2]), t63_s


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_loop_test_finds_the_gain_that_the_plant_has(tmp_path, record_property):
    text = BY_HAND
    for name, (reading, start, step, *_, by, lasts) in LOOPS.items():
        own = BLOCK.replace("NAME", name).replace("READING", reading)
        text += own.replace("START", start).replace("STEP", str(step))
        others = [f"{r}: design.{r}_sp" for n, r in READINGS.items() if n != name]
        alone = ALONE.replace("OTHERS", ", ".join(others)).replace("LASTS", lasts)
        alone = alone.replace("NAME", name).replace("READING", reading).replace("BY", by)
        text += alone.replace("START", start)
    (tmp_path / "by_hand.yaml").write_text(text)
    folder = tmp_path / "run"
    commission("mantsala", tmp_path / "by_hand.yaml", "--out", folder, "--json")
    ends = [line["end"] for line in record_of(folder) if "end" in line]
    wrong = []
    for name, (reading, _, _, after_s, most, most_time, *_) in LOOPS.items():
        (hand,) = (e for e in ends if e["block"] == name)
        (loop,) = (e for e in ends if e["block"] == f"{name}_loop")
        (test,) = (s["figures"] for s in loop["steps"] if s["action"] == "step_test")
        gain, t63_s = opened(folder / hand["trace"], f"u_{name}", reading, after_s)
        closed, late_s = test["gain [K]"], test["time constant [s]"] + test["dead time [s]"]
        record_property(
            "figure",
            f"u_{name}: by hand {gain:.1f} K, 63 % after {t63_s:.0f} s;"
            f" in closed loop {closed:.1f} K, {late_s:.0f} s",
        )
        if abs(closed / gain - 1.0) > most:
            wrong.append((name, closed, gain))
        if most_time is not None and abs(late_s / t63_s - 1.0) > most_time:
            wrong.append((name, late_s, t63_s))
    assert wrong == []


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_loop_test_finds_the_gain_of_a_pump_on_pressure(tmp_path, record_property):
    """At a site whose network serves registers: by hand is by register."""
    (tmp_path / "by_hand.yaml").write_text(PRESSURE)
    folder = tmp_path / "run"
    own = tmp_path / "by_hand.yaml"
    commission("espoo", own, "network.pump_loop", "--out", folder, "--json")
    hand, loop = (line["end"] for line in record_of(folder) if "end" in line)
    (test,) = (s["figures"] for s in loop["steps"] if s["action"] == "step_test")
    gain, t63_s = opened(folder / hand["trace"], "u_pump", "dp_consumer", PRESSURE_AFTER_S)
    closed, tau_s = test["gain [Pa]"], test["time constant [s]"]
    record_property(
        "figure",
        f"espoo u_pump: by hand {gain / 1e3:.0f} kPa, 63 % after {t63_s:.0f} s;"
        f" in closed loop {closed / 1e3:.0f} kPa, {tau_s:.0f} s",
    )
    assert closed == pytest.approx(gain, rel=PRESSURE_MOST)
