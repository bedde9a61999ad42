"""Controllers that are broken on purpose, and which of them the shipped procedures let pass.

`python commission_mutants.py TYPE FOLDER` prints a line of JSON a mutant: its name, its kind, and
the first block that it did not pass (null: it survived).
"""

import csv
import inspect
import json
import sys
import types
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import points_mutants

import firmware_sim
from firmware_sim import control, cooling_loop, heat_pump, heat_pump_capacity, network, scan
from firmware_sim.scan import Controller
from twin.registers import load_map

MODULES = {
    module.__name__.rpartition(".")[2]: module
    for module in (control, cooling_loop, heat_pump, heat_pump_capacity, network, scan)
}
CAPACITY = "heat_pump_capacity"
SWAPPED = "swapped registers"


@dataclass(frozen=True)
class Mutant:
    """`old` in the source of `module` becomes `new`.

    Of a `map` two points change places, or a table moves on by one address: somebody stands between
    program and registers, so that the controller works all the same.
    """

    of: str
    kind: str
    module: str
    old: str
    new: str
    seen_by: str

    @property
    def name(self):
        return f"{self.of}: {self.old!r} -> {self.new!r}"


def _read():
    with Path(__file__).with_suffix(".csv").open(newline="") as file:
        for row in csv.DictReader(file):
            yield Mutant(**{k: v.replace("\\n", "\n") for k, v in row.items()})


MUTANTS = tuple(_read())


def player(mutant):
    """What plays controllers: those of the mutant's type are broken."""
    if mutant.module == "map":
        return points_mutants.player(mutant.of, mistaken(mutant))
    changed = {mutant.module: mutated(mutant)}
    if mutant.of == "heat_pump" and mutant.module == "control":
        changed[CAPACITY] = fresh(heat_pump_capacity, changed)
    program_module = changed.get(mutant.of) or fresh(MODULES[mutant.of], changed)
    program = program_module.PROGRAM
    kind = changed["scan"].Controller if "scan" in changed else Controller
    path = firmware_sim.map_path(mutant.of)

    def play(type_name, settings: Mapping[str, float]):
        if type_name != mutant.of:
            return firmware_sim.make_controller(type_name, settings)
        return kind(type_name, program, load_map(path), settings)

    return play


def mistaken(mutant):
    """The change to a controller whose registers mean something else than their map says."""
    made = firmware_sim.make_controller(mutant.of, {})
    inputs = made.program.sensors._fields
    if mutant.old in made.program.alarms:
        return points_mutants.alarms_swapped(mutant.old, mutant.new)
    if mutant.kind == SWAPPED:
        change = points_mutants.swapped(mutant.old, mutant.new)
        is_read = mutant.old in inputs
    else:
        change = points_mutants.shifted
        is_read = mutant.old == "hr"
    if is_read:
        return points_mutants.reads(change)

    def behind(out):
        """Every value lands in the register behind its own."""
        names = [name for name in out if made.map.point(name).table == mutant.old]
        out.update(zip(names, [0.0, *(out[name] for name in names[:-1])], strict=True))

    return points_mutants.shows(change if mutant.kind == SWAPPED else behind)


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
    exec(compile(source, f"<mutant {name}>", "exec"), module.__dict__)
    return module


def main(type_name, folder, only=""):
    from hil.cli.commission_options import boundary_book
    from hil.commissioning.load import find_files, load_procedures
    from hil.commissioning.rig import RigOptions
    from hil.commissioning.session import Session, run_session
    from hil.commissioning.verdict import Verdict
    from twin.site import load_site

    class Killed(Exception):
        pass

    site = load_site("mantsala")
    blocks = load_procedures(find_files(site, [type_name]), boundary_book(site))
    blocks.sort(key=lambda block: block.procedure.procedure.endswith("_loop"))  # the slow ones last
    hour = RigOptions(warmup_ns=3600 * 10**9)

    def done(record):
        if record.verdict not in (Verdict.PASS, Verdict.SKIPPED):
            raise Killed(f"{record.key}: {record.verdict.value}: {record.why}")

    for i, mutant in enumerate(m for m in MUTANTS if m.of == type_name and only in m.name):
        killed = None
        try:
            play = player(mutant)
            first = sorted(blocks, key=lambda block: block.key != mutant.seen_by)
            run_session(Session(site, first, folder / f"{i}", hour, play=play, done=done))
        except Killed as why:
            killed = str(why)
        except Exception as error:  # a mutant that does not come to work proves nothing
            killed = None
            print(f"{mutant.name}: {type(error).__name__}: {error}", file=sys.stderr)
        print(json.dumps([mutant.name, mutant.kind, killed]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), *sys.argv[3:])
