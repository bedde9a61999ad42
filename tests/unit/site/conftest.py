"""A small site that is right, for tests to break."""

from collections.abc import Callable
from pathlib import Path

import pytest

from twin.site.load import load_site
from twin.site.model import Site

PLAIN = """\
site: plain
title: Two parts and a controller
plant:
  parts:
    loop: {fmu: CoolingLoop}
    pump: {fmu: HeatPump, parameters: {UA: 5.0e3}}
  connections:
    - loop.T_source -> pump.T_source_in
    - pump.m_source -> loop.m_source
  # the other inputs come from outside
boundary:
  loop.P_it: {source: it_load, scale_to_max: 5.0 MW}
  loop.T_outdoor: {source: weather, column: T_outdoor}
  pump.T_sink_in: {source: constant, value: 45 degC}
weather: weather.csv
signals:
  loop.T_supply: {unit: degC, noise: 0.03, lag: 5 s, resolution: 0.01, range: [-20, 120]}
  loop.P_it: {unit: kW}
  pump.T_out: {unit: degC, of: pump.T_source_out}
links:
  lan: {transport: tcp, port: 15020}
  line: {transport: rtu, baud: 19200, parity: E, device: pty}
controllers:
  loop:
    type: cooling_loop
    link: lan
    unit: 1
    role: server
    settings: {T_set: 30, automatic: true}
    sensors: {T_supply: loop.T_supply}
    commands: {u_pump: loop.u_pump}
  pump:
    type: heat_pump
    link: line
    unit: 3
    commands: {u_run: pump.u_run}
twin:
  loop:
    boundary: {P_it: loop.P_it}
    watch: {T_supply: {band: 0.8 K}}
accounts:
  it: [loop.E_it]
  balance_in: [loop.E_it, pump.E_electric]
"""

WEATHER = "time_s,T_outdoor_degC\n0,-8\n3600,-2\n7200,-5\n"


@pytest.fixture
def write_site(tmp_path: Path) -> Callable[[str], Path]:
    """Writes a site file with its weather beside it; gives the path."""

    def write(text: str) -> Path:
        (tmp_path / "weather.csv").write_text(WEATHER)
        path = tmp_path / "site.yaml"
        path.write_text(text)
        return path

    return write


@pytest.fixture
def plain_text() -> str:
    return PLAIN


@pytest.fixture
def plain(write_site: Callable[[str], Path]) -> Site:
    return load_site(write_site(PLAIN))
