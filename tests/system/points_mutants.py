"""Controllers whose registers mean something else than their map says, and that work all the same.

Between the bank of registers and the program stands somebody who has made a mistake.
"""

import struct
from dataclasses import replace
from types import SimpleNamespace

from firmware_sim import make_controller, map_path
from firmware_sim.scan import Controller
from twin.registers import load_map
from twin.registers.codec import decode, encode


def player(of, change):
    """What plays controllers: `change` is done to those of type `of`."""

    def play(type_name, settings):
        made = make_controller(type_name, settings)
        if type_name == of:
            change(made)
        return made

    return play


def reads(change):
    """A mistake of inputs: `change` gets a dict of readings in the program's units."""

    def do(made):
        view, names = made._inputs, made.program.sensors._fields

        def read():
            heartbeat, *values = view.read()
            seen = dict(zip(names, values, strict=True))
            change(seen)
            return (heartbeat, *(seen[name] for name in names))

        made._inputs = SimpleNamespace(read=read)

    return do


def shows(change):
    """A mistake of outputs: `change` gets a dict of what the program puts out."""

    def do(made):
        view, names = made._outputs, made._outputs.names

        def write(values):
            out = dict(zip(names, values, strict=True))
            change(out)
            view.write([out[name] for name in names])

        made._outputs = SimpleNamespace(write=write, names=names)

    return do


def alarms_swapped(one, other):
    """Two alarms are shown in each other's bit."""
    instead = {one: other, other: one}

    def do(made):
        made._alarm_names = tuple(instead.get(name, name) for name in made._alarm_names)

    return do


def swapped(one, other):
    def change(values):
        values[one], values[other] = values[other], values[one]

    return change


def shifted(values):
    """Every reading is taken from the register behind it."""
    names = list(values)
    held = [*list(values.values())[1:], None]
    values.update(zip(names, held, strict=True))


def scaled(name, factor, offset=0.0):
    def change(values):
        if values[name] is not None:
            values[name] = factor * values[name] + offset

    return change


def reordered(type_name, name, order):
    """The words of a reading are taken in another order."""
    made = make_controller(type_name, {})
    point = made.map.point(name)
    factor, offset = made.conversions[name]

    def change(values):
        if values[name] is not None:
            words = encode(point, (values[name] - offset) / factor)
            other = decode(replace(point, order=order), words)
            values[name] = None if other is None else factor * other + offset

    return change


def moved(type_name, table, by):
    """A controller whose registers of one table below 100 lie somewhere else."""
    register_map = load_map(map_path(type_name))
    points = {
        name: replace(p, address=p.address + by) if p.table == table and p.address < 100 else p
        for name, p in register_map.points.items()
    }
    other = replace(register_map, points=points)

    def play(asked, settings):
        if asked != type_name:
            return make_controller(asked, settings)
        return Controller(asked, make_controller(asked, {}).program, other, settings)

    return play


def held(name, value):
    """A setting that is another one than the site has."""

    def change(made):
        made.bank.set(name, value)

    return change


def float_of(words):
    """What the IEEE standard says of two registers, most significant first."""
    return struct.unpack(">f", struct.pack(">2H", *words))[0]
