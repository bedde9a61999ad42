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

MODULES = {
    module.__name__.rpartition(".")[2]: module
    for module in (control, cooling_loop, heat_pump, heat_pump_capacity, network, scan)
}
CAPACITY = "heat_pump_capacity"
SWAPPED = "swapped registers"


@dataclass(frozen=True)
class Mutant:
    """`old` in the source of `module` becomes `new`.

    Of a `map` two points change places, or a table moves on by so many addresses.
    """

    of: str
    kind: str
    module: str
    old: str
    new: str

    @property
    def name(self):
        return f"{self.of}: {self.old!r} -> {self.new!r}"


def _read():
    with Path(__file__).with_suffix(".csv").open(newline="") as file:
        for row in csv.DictReader(file):
            yield Mutant(**{k: v.replace("\\n", "\n") for k, v in row.items()})


MUTANTS = tuple(_read())


def player(mutant, folder):
    """What plays controllers: those of the mutant's type are broken."""
    changed = {} if mutant.module == "map" else {mutant.module: mutated(mutant)}
    if mutant.of == "heat_pump" and mutant.module == "control":
        changed[CAPACITY] = fresh(heat_pump_capacity, changed)
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
    exec(compile(source, f"<mutant {name}>", "exec"), module.__dict__)
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
