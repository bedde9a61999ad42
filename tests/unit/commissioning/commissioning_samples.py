"""The smallest procedure, the points of the sites, and points whose values are written down."""

from functools import cache
from types import SimpleNamespace

from hil.bench.layout import layout_of
from hil.commissioning.points import PointBook
from hil.commissioning.scope import Names, Scope
from twin.site import Boundary, load_site

GAP_S = 5.0
"""Longest gap that is bridged, in these tests [s]."""
HEAD = "procedure: own.trial\ntitle: A trial\nof: heat_pump\n"
SMALL = f"{HEAD}blocks:\n  - block: first\n    steps:\n      - wait: 1 s\n"

FULL = """\
procedure: own.full
title: Every action once
of: heat_pump
requirements: [OWN-01]
parameters: {margin: 3 K}
prerequisites:
  - {point: state, equals: RUNNING, within: 30 min}
blocks:
  - block: first
    for_each:
      - {warm: 8 degC}
      - {warm: design.T_outdoor_warm + margin}
    steps:
      - set: {T_sink_max: 80 degC, enable: true}
      - force: {T_outdoor: warm, "cooling_loop:T_supply": lost}
        over: 10 s
      - release: [T_outdoor]
      - boundary: {cooling_loop.P_it: 4 MW}
      - fault: heat_pump.condenser_fouling=0.3
      - heartbeat: stop
      - power: on
      - wait: design.flow_time
      - note: {before: u_compressor}
      - expect: {point: u_compressor, above: before, within: 5 s, hold: 20 s}
      - expect: {point: T_sink_sp, near: design.T_sink_max, tolerance: 0.1 K}
      - expect: {point: heat_pump.T_sink_out, band: [20 degC, 90 degC]}
      - sequence:
          order:
            - {point: u_source_pump, above: 0 %}
            - {point: u_run, equals: ON, after: 5 s}
          within: 2 min
      - expect_alarm: {part: heat_pump, within: 1 h}
      - expect_no_alarm: {hold: 1 h}
      - funnel: {point: T_sink_out, trace: [[0 s, 60 degC], [10 s, 70 degC]], tolerance: 1 K}
      - manual: {prompt: Read the gauge, value: bar, band: [1 bar, 2 bar]}
      - step_test: {setting: T_sink_max, by: -2 K, measured: T_sink_out, lasts: 1 h, settles: 9 min}
"""


@cache
def boundary_of(name="mantsala"):
    """Weather and loads of a reference site."""
    return Boundary(load_site(name), None, 1_000_000_000)


@cache
def book_of(name="mantsala"):
    """The points of a reference site."""
    site, boundary = load_site(name), boundary_of(name)
    return PointBook(site, layout_of(site), dict(zip(boundary.names, boundary.units, strict=True)))


class Series:
    """Points of a controller as they are written down: a value a second, the last one for good.

    It stands where a procedure has its plant and its registers. Values are SI; None is no value.
    """

    def __init__(self, values, formulas=(), under_test="heat_pump"):
        self.names = Names(book_of(), under_test, dict(formulas))
        self._values = {self.names.ref(name).name: v for name, v in values.items()}
        self._columns = {(r.kind, r.column): r.name for r in map(self.names.ref, values)}
        self.t_s, self.site, self.real_time = 0, book_of().site, False
        self.boundary = boundary_of()
        self.twin, self.predicted = SimpleNamespace(watched=()), ()
        self.scope = Scope(self.names, self, self)

    @property
    def t_ns(self):
        return self.t_s * 1_000_000_000

    def cycle(self):
        self.t_s += 1
        assert self.t_s < 10_000, "it waits for ever"
        return float(self.t_s)

    def signal(self, column):
        return self._now(self._columns["signal", column])

    def command(self, column):
        return self._now(self._columns["command", column])

    def read(self, ref):
        return self._now(ref.name)

    def _now(self, name):
        values = self._values[name]
        return values[min(self.t_s, len(values) - 1)]
