"""A value that crosses the tables of `direct` is what it is behind real registers."""

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firmware_sim import io_map_path
from hil.bench.direct.carried import _step, lines_of
from hil.bench.direct.cycles import carry
from hil.bench.exchange import LoopbackExchange
from hil.bench.hosted import HostedClient
from hil.bench.layout import layout_of
from hil.bench.remote_io import RemoteIo
from hil.bench.wire import wire
from hil.bench.wiring import Tap, conversions_of, runs
from hil.links.cost import TcpCost
from hil.links.loopback import LoopbackLink
from twin.errors import BadInput
from twin.registers import load_map
from twin.site import load_site

PERIOD_NS = 10_000_000_000
SITE = load_site("mantsala")
LAYOUT = layout_of(SITE)
WIRING = wire(SITE, LAYOUT)
LINES = lines_of(WIRING, PERIOD_NS)
RANGES = [SITE.signals[name].range_si for name in LAYOUT.signals]
READINGS = st.tuples(*(st.one_of(st.floats(*ends), st.just(math.nan)) for ends in RANGES))
FEW = settings(max_examples=40, deadline=None)


class Real:
    """A controller of the bench behind its registers, as the loop has it."""

    def __init__(self, w):
        self.wiring = w
        self._client = w.role == "client"
        if self._client:
            self.station = RemoteIo(w, PERIOD_NS)
            link = LoopbackLink(w.link, {w.unit: self.station.bank})
            self._hosted = HostedClient(w, link, lambda: 0, TcpCost())
        else:
            self._exchange = LoopbackExchange([w], PERIOD_NS)
            (pair,) = self._exchange._pairs
            self._hosted = pair.hosted
        self.controller = self._hosted.controller

    def shows(self, row):
        """What the program gets, before it looks whether that is credible."""
        quality = [0 if v == v else 1 for v in row]
        if self._client:
            self.station.publish(row, quality)
            self._hosted.io.read()
            self._hosted._inputs.write(self._hosted.io.values)
        else:
            self._exchange.publish(PERIOD_NS, row, quality)
        return self.controller._inputs.read()[1:]

    def obeys(self, commands):
        """What the plant gets when the program puts out `commands`."""
        bank, own, w = self.controller.bank, self.controller.map, self.wiring
        names = [tap.point for tap in w.commands]
        bank.view(names, self.controller.conversions).write(commands)
        if not self._client:
            return bank.view(names, conversions_of(own, w.commands)).read()
        remote = load_map(io_map_path(w.type))
        for run in runs(remote, [Tap(n, i, own.point(n).unit) for i, n in enumerate(names)]):
            self.station.bank.view_of(run.block).write(run.pick(bank.view(names).read()))
        found = [math.nan] * len(names)
        for columns, view in self.station._commands:
            for column, value in zip(columns, view.read(), strict=True):
                found[column] = value
        return found


REAL = [Real(w) for w in WIRING]


@FEW
@given(row=READINGS)
def test_readings_on_their_way_to_programs(row):
    shown = [value for real in REAL for value in real.shows(row)]
    for column, steps, behind in zip(LINES.columns, LINES.steps_in, shown, strict=True):
        value, fits = carry(steps, row[column])
        assert fits
        assert math.isnan(value) if behind is None else value == behind


@FEW
@given(orders=st.tuples(*[st.floats(0.0, 1.0)] * len(LAYOUT.commands)))
def test_commands_on_their_way_to_the_plant(orders):
    at = 0
    for real in REAL:
        mine = orders[at : at + len(real.wiring.commands)]
        for i, value in enumerate(real.obeys(mine), at):
            assert carry(LINES.steps_out[i], orders[i]) == (value, True)
        at += len(mine)


def test_what_does_not_fit_its_register_is_told_and_a_missing_value_is_no_misfit():
    steps = LINES.steps_in[LINES.sensor_names.index("cooling_loop.T_supply")]
    for reading, fitting in ((273.15 + 400.0, False), (np.nan, True)):
        value, fits = carry(steps, reading)
        assert math.isnan(value)
        assert fits is fitting


def test_a_register_that_is_not_one_number_is_refused():
    point = LINES.controllers[0].map.point("u_pump")
    with pytest.raises(BadInput, match="stood in for"):
        _step(replace(point, scale_ref="other"), (1.0, 0.0), (1.0, 0.0))
