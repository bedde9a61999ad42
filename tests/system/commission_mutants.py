"""Controllers that are broken on purpose, and which of them the shipped procedures let pass.

`python commission_mutants.py TYPE FOLDER` prints a line of JSON a mutant: its name, its kind, and
the first block that it did not pass (null: it survived).
"""

import csv
import inspect
import io
import json
import sys
import types
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import firmware_sim
from firmware_sim import control, cooling_loop, heat_pump, heat_pump_capacity, network, scan
from firmware_sim.scan import Controller
from twin.registers import load_map

MODULES = {m.__name__.rpartition(".")[2]: m
           for m in (control, cooling_loop, heat_pump, heat_pump_capacity, network, scan)}  # fmt: skip
SIGN, WINDUP, INTERLOCK, SWAPPED, ADDRESS, STALE, RESET, TIMER, SAFE = (
    "wrong sign", "no anti-windup", "missing interlock", "swapped registers",
    "off-by-one address", "stale input", "integrator not reset", "timer", "fail-safe",
)  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """`old` in the source of `module` becomes `new`; or, of a map, one point's cells change."""

    of: str
    kind: str
    module: str
    old: str
    new: str

    @property
    def name(self):
        return f"{self.of}: {self.old!r} -> {self.new!r}"


HP, CL, DN, CAP = "heat_pump", "cooling_loop", "network", "heat_pump_capacity"
MUTANTS = (
    # heat pump
    Mutant(HP, INTERLOCK, HP, "k.T_condensing > s.T_condensing_trip", "False"),
    Mutant(HP, SIGN, HP, "k.T_condensing > s.T_condensing_trip", "k.T_condensing < s.T_condensing_trip"),
    Mutant(HP, INTERLOCK, HP, "k.T_evaporating < s.T_evaporating_trip", "False"),
    Mutant(HP, INTERLOCK, HP, "high or (before.high_condensing and hold)", "high"),
    Mutant(HP, INTERLOCK, HP, "low or (before.low_evaporating and hold)", "low"),
    Mutant(HP, INTERLOCK, HP, "if alarms.no_flow or alarms.source_cold:", "if alarms.source_cold:"),
    Mutant(HP, INTERLOCK, HP, "if alarms.no_flow or alarms.source_cold:", "if alarms.no_flow:"),
    Mutant(HP, INTERLOCK, HP, "return k.m_source >= s.m_source_min and k.m_sink >= s.m_sink_min", "return k.m_source >= s.m_source_min"),
    Mutant(HP, INTERLOCK, HP, "return k.m_source >= s.m_source_min and k.m_sink >= s.m_sink_min", "return k.m_sink >= s.m_sink_min"),
    Mutant(HP, INTERLOCK, HP, "power < s.P_running", "False"),
    Mutant(HP, INTERLOCK, HP, "rested = not memory.started or timers.switched >= s.min_off_time", "rested = True"),
    Mutant(HP, TIMER, HP, "rested = not memory.started or timers.switched >= s.min_off_time", "rested = not memory.started or timers.switched >= 0.5 * s.min_off_time"),
    Mutant(HP, INTERLOCK, HP, "if unwanted and timers.switched >= s.min_on_time:", "if unwanted:"),
    Mutant(HP, INTERLOCK, HP, "state is State.STARTING and timers.state >= s.lead_time and _flows(k, s)", "state is State.STARTING and _flows(k, s)"),
    Mutant(HP, INTERLOCK, HP, "timers.state >= s.lead_time and _flows(k, s):\n        return State.MINIMUM", "timers.state >= s.lead_time:\n        return State.MINIMUM"),
    Mutant(HP, TIMER, HP, "if state is State.STOPPING and timers.state < s.overrun_time:", "if False:"),
    Mutant(HP, TIMER, HP, "overrun = started and timers.switched < s.overrun_time", "overrun = False"),
    Mutant(HP, INTERLOCK, HP, "return k.T_source_in >= source_enough and k.T_sink_in <= setpoint - SINK_COOL_K", "return k.T_source_in >= source_enough"),
    Mutant(HP, INTERLOCK, HP, "return k.T_source_in >= source_enough and k.T_sink_in <= setpoint - SINK_COOL_K", "return k.T_sink_in <= setpoint - SINK_COOL_K"),
    Mutant(HP, TIMER, HP, "s.condensing_trip_time", "60.0"),
    Mutant(HP, TIMER, HP, "s.evaporating_trip_time", "0.0"),
    Mutant(HP, SAFE, HP, "return State.COMM_LOST", "pass"),
    Mutant(HP, SAFE, HP, "return State.FAILSAFE if orders.enable or state in ON else State.STOPPED", "return state"),
    Mutant(HP, TIMER, HP, "(timers.state < s.minimum_time or timers.no_power > 0.0)", "timers.no_power > 0.0"),
    Mutant(HP, SIGN, CAP, "setpoint - k.T_sink_out,", "k.T_sink_out - setpoint,"),
    Mutant(HP, SIGN, CAP, "k.T_evaporating - s.T_evaporating_min", "s.T_evaporating_min - k.T_evaporating"),
    Mutant(HP, SIGN, CAP, "s.T_condensing_max - k.T_condensing", "k.T_condensing - s.T_condensing_max"),
    Mutant(HP, SIGN, CAP, "k.T_source_in - s.T_source_min", "s.T_source_min - k.T_source_in"),
    Mutant(HP, SIGN, CAP, "error = k.T_source_in - k.T_source_out - s.dT_source", "error = s.dT_source - (k.T_source_in - k.T_source_out)"),
    Mutant(HP, WINDUP, CAP, "tracked = track(held[charge], times[charge], output, dt_s)", "tracked = held[charge] + gains[charge] * errors[charge] * dt_s / times[charge]"),
    Mutant(HP, INTERLOCK, CAP, "return min(s.T_sink_max, curve(line, T_outdoor))", "return curve(line, T_outdoor)"),
    Mutant(HP, SIGN, CAP, "((s.T_outdoor_cold, s.T_sink_cold), (s.T_outdoor_warm, s.T_sink_warm))", "((s.T_outdoor_cold, s.T_sink_warm), (s.T_outdoor_warm, s.T_sink_cold))"),
    Mutant(HP, SAFE, CAP, "if T_outdoor is None:\n        return s.T_sink_max", "if T_outdoor is None:\n        return s.T_sink_warm"),
    Mutant(HP, RESET, HP, "compressor = OFF\n    if on", "compressor = memory.compressor\n    if on"),
    Mutant(HP, WINDUP, "control", "return Loop(track(state.integral, tuning.integral_s, output, dt_s), output), output", "return Loop(state.integral + tuning.gain * error * dt_s / tuning.integral_s, output), output"),
    Mutant(HP, STALE, "scan", "heartbeat, *values = self._inputs.read()", "heartbeat, *values = self._inputs.read()\n        self._first = values = getattr(self, '_first', None) or values"),
    Mutant(HP, SAFE, "scan", "return self._silent_s > self._watchdog_s", "return False"),
    Mutant(HP, TIMER, "scan", "return self._silent_s > self._watchdog_s", "return self._silent_s > 3.0 * self._watchdog_s"),
    Mutant(HP, SAFE, "scan", "value if value is not None and low <= value <= high else None", "value"),
    Mutant(HP, SWAPPED, "map", "T_sink_in", "T_sink_out"),
    Mutant(HP, SWAPPED, "map", "T_evaporating", "T_condensing"),
    Mutant(HP, SWAPPED, "map", "u_compressor", "u_source_pump"),
    Mutant(HP, SWAPPED, "map", "high_condensing", "low_evaporating"),
    Mutant(HP, ADDRESS, "map", "hr", "1"),
    Mutant(HP, ADDRESS, "map", "ir", "1"),
    # cooling loop
    Mutant(CL, SIGN, CL, "return pi(loop, tuning, measured - setpoint, low, high, dt_s)[0]", "return pi(loop, tuning, setpoint - measured, low, high, dt_s)[0]"),
    Mutant(CL, WINDUP, "control", "return Loop(track(state.integral, tuning.integral_s, output, dt_s), output), output", "return Loop(state.integral + tuning.gain * error * dt_s / tuning.integral_s, output), output"),
    Mutant(CL, INTERLOCK, CL, "supply is not None and supply > s.T_supply_limit - release", "False"),
    Mutant(CL, INTERLOCK, CL, "coolant is not None and coolant > s.T_coolant_limit - release", "False"),
    Mutant(CL, INTERLOCK, CL, "release = COOL_AGAIN_K if hot else 0.0", "release = 0.0"),
    Mutant(CL, SAFE, CL, "elif state is State.COMM_LOST or state is State.LIMITED:", "elif state is State.COMM_LOST:"),
    Mutant(CL, SAFE, CL, "elif state is State.COMM_LOST or state is State.LIMITED:", "elif state is State.LIMITED:"),
    Mutant(CL, INTERLOCK, CL, "0.0, 1.0 if fan_on else 0.0, orders.manual", "0.0, 1.0, orders.manual"),
    Mutant(CL, INTERLOCK, CL, "1.0 if low_flow else s.u_pump_min", "s.u_pump_min"),
    Mutant(CL, INTERLOCK, CL, "return State.RUNNING if x.m_facility >= s.m_min else State.STARTING", "return State.RUNNING"),
    Mutant(CL, SAFE, CL, "if measured is None:\n        return FULL", "if measured is None:\n        return loop"),
    Mutant(CL, SAFE, CL, "if measured is None:\n        return FULL", "if measured is None:\n        return REST"),
    Mutant(CL, RESET, CL, "return take_over(tuning, error, by_hand)", "return Loop(loop.integral, by_hand)"),
    Mutant(CL, TIMER, CL, "s.flow_time", "0.0"),
    Mutant(CL, SAFE, "scan", "return self._silent_s > self._watchdog_s", "return False"),
    Mutant(CL, STALE, "scan", "heartbeat, *values = self._inputs.read()", "heartbeat, *values = self._inputs.read()\n        self._first = values = getattr(self, '_first', None) or values"),
    Mutant(CL, SWAPPED, "map", "T_supply", "T_return"),
    Mutant(CL, SWAPPED, "map", "u_valve", "u_fan"),
    Mutant(CL, ADDRESS, "map", "hr", "1"),
    Mutant(CL, ADDRESS, "map", "ir", "1"),
    # network
    Mutant(DN, SIGN, DN, "error = s.dp_sp - x.dp_consumer", "error = x.dp_consumer - s.dp_sp"),
    Mutant(DN, SIGN, DN, "error = T_supply_sp - x.T_supply", "error = x.T_supply - T_supply_sp"),
    Mutant(DN, WINDUP, "control", "return Loop(track(state.integral, tuning.integral_s, output, dt_s), output), output", "return Loop(state.integral + tuning.gain * error * dt_s / tuning.integral_s, output), output"),
    Mutant(DN, INTERLOCK, DN, "low_flow or high_supply)", "low_flow)"),
    Mutant(DN, INTERLOCK, DN, "low_flow or high_supply)", "high_supply)"),
    Mutant(DN, TIMER, DN, "s.boiler_on_time", "0.0"),
    Mutant(DN, TIMER, DN, "s.boiler_off_time", "36000.0"),
    Mutant(DN, SAFE, DN, "if state is State.COMM_LOST or x.dp_consumer is None:", "if x.dp_consumer is None:"),
    Mutant(DN, SAFE, DN, "if state is State.RUNNING and x.T_supply is not None:", "if x.T_supply is not None:"),
    Mutant(DN, INTERLOCK, DN, "curve(line, T_outdoor), 1.0, dt_s)", "0.0, 1.0, dt_s)"),
    Mutant(DN, SIGN, DN, "((s.T_outdoor_cold, s.u_pump_cold), (s.T_outdoor_warm, s.u_pump_warm))", "((s.T_outdoor_cold, s.u_pump_warm), (s.T_outdoor_warm, s.u_pump_cold))"),
    Mutant(DN, SIGN, DN, "error > s.boiler_band", "error > 0.0"),
    Mutant(DN, RESET, DN, "if out:\n        return OUT", "if out:\n        return before"),
    Mutant(DN, SAFE, "scan", "return self._silent_s > self._watchdog_s", "return False"),
    Mutant(DN, STALE, "scan", "heartbeat, *values = self._inputs.read()", "heartbeat, *values = self._inputs.read()\n        self._first = values = getattr(self, '_first', None) or values"),
)  # fmt: skip


def player(mutant, folder):
    """What plays controllers: those of the mutant's type are broken."""
    changed = {} if mutant.module == "map" else {mutant.module: mutated(mutant)}
    if mutant.of == HP and mutant.module == "control":
        changed[CAP] = fresh(heat_pump_capacity, changed)
    program_module = changed.get(mutant.of) or fresh(MODULES[mutant.of], changed)
    program = program_module.PROGRAM
    kind = changed["scan"].Controller if "scan" in changed else Controller
    path = firmware_sim.map_path(mutant.of)
    if mutant.module == "map":
        path = changed_map(mutant, path, folder)

    def play(type_name, settings: Mapping[str, float]):
        if type_name != mutant.of:
            return firmware_sim.make_controller(type_name, settings)
        return kind(type_name, program, load_map(path), settings)

    return play


def mutated(mutant):
    """The module with its text changed, once and somewhere."""
    source = inspect.getsource(MODULES[mutant.module])
    assert mutant.old in source, mutant.name
    return executed(mutant.module, source.replace(mutant.old, mutant.new))


def fresh(module, changed):
    """The module anew, with what it takes from `changed` modules taken from there."""
    again = executed(module.__name__.rpartition(".")[2], inspect.getsource(module))
    for name, other in changed.items():
        for word, value in vars(MODULES[name]).items():
            if again.__dict__.get(word) is value and word in vars(other):
                setattr(again, word, vars(other)[word])
    return again


def executed(name, source):
    """A module of this source, known by another name."""
    module = types.ModuleType(f"mutant_{name}")
    sys.modules[module.__name__] = module
    exec(compile(source, f"<mutant {name}>", "exec"), module.__dict__)  # noqa: S102
    return module


def changed_map(mutant, path, folder):
    """The map with two points at each other's place, or a whole table moved on."""
    lines = path.read_text().splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("name,"))
    rows = list(csv.DictReader(io.StringIO("\n".join(x for x in lines[at:] if x[:1] != "#"))))
    if mutant.kind == SWAPPED:
        one, other = (next(r for r in rows if r["name"] == n) for n in (mutant.old, mutant.new))
        one["name"], other["name"] = other["name"], one["name"]
    else:
        for row in rows:
            if row["table"] == mutant.old and row["tag"] in ("sensor", "command", "status"):
                row["address"] = str(int(row["address"]) + int(mutant.new))
    text = io.StringIO()
    out = csv.DictWriter(text, rows[0].keys(), lineterminator="\n")
    out.writeheader()
    out.writerows(rows)
    broken = folder / f"{mutant.of}-{mutant.kind[0]}-{mutant.old}.csv".replace(" ", "")
    broken.write_text("\n".join(lines[:at]) + "\n" + text.getvalue())
    return broken


def main(type_name, folder, only=""):
    from hil.bench.layout import layout_of
    from hil.commissioning.load import find_files, load_procedures
    from hil.commissioning.points import PointBook
    from hil.commissioning.rig import RigOptions
    from hil.commissioning.session import Session, run_session
    from hil.commissioning.verdict import Verdict
    from twin.errors import HukkaError
    from twin.site import load_site

    class Killed(Exception):
        pass

    site = load_site("mantsala")
    blocks = load_procedures(find_files(site, [type_name]), PointBook(site, layout_of(site)))
    hour = RigOptions(warmup_ns=3600 * 10**9)

    def done(record):
        if record.verdict is not Verdict.PASS:
            raise Killed(f"{record.key}: {record.verdict.value}: {record.why}")

    for i, mutant in enumerate(m for m in MUTANTS if m.of == type_name and only in m.name):
        killed = None
        try:
            play = player(mutant, folder)
            run_session(Session(site, blocks, folder / f"{i}", hour, play=play, done=done))
        except Killed as why:
            killed = str(why)
        except HukkaError as error:  # it does not even come to work
            killed = f"{type(error).__name__}: {error}"
        print(json.dumps([mutant.name, mutant.kind, killed]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
