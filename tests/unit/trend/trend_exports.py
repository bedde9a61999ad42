"""Exports as building management systems write them, of made-up readings that fit together."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from hil.trend.mapping import unit_of_target
from twin.signals import conversion
from twin.site import load_site
from twin.site.model import Site

Values = NDArray[np.float64]
BEGIN_S = 1_764_547_200  # 2025-12-01 00:00 UTC
CP = 4186.0


def readings(hours: float = 30.0, step_s: float = 60.0, seed: int = 1) -> dict[str, Values]:
    """Readings of the site mantsala in SI, by signal and command, float64[rows].

    A plant of ten lines: what moves, moves for reasons, and heat is kept. No model of ours.
    """
    rng = np.random.default_rng(seed)
    t_s = np.arange(0.0, hours * 3600.0, step_s)
    hour = t_s / 3600.0

    def walk(time_s: float, size: float) -> Values:
        share, noise = step_s / time_s, rng.normal(0.0, 1.0, len(t_s))
        out, state = np.empty(len(t_s)), 0.0
        for i, n in enumerate(noise):
            state += -share * state + np.sqrt(2.0 * share) * n
            out[i] = state
        return size * out

    outdoor = 270.0 + 4.0 * np.sin(2.0 * np.pi * (hour - 9.0) / 24.0) + walk(3 * 3600.0, 0.5)
    load = 3.2e6 + walk(1800.0, 4.0e5)
    speed = np.clip(0.8 + walk(1200.0, 0.1), 0.3, 1.0)
    m_source, m_network = 75.0 * speed, 28.0 + walk(1200.0, 1.5)
    electric = 0.95e6 * speed + walk(600.0, 1e4)
    source_in = 312.0 + walk(2 * 3600.0, 1.0)
    lift = 2.9e6 * speed
    source_out = source_in - lift / (m_source * CP)
    t_return = 318.5 + walk(3600.0, 0.3)
    sink_out = t_return + (lift + electric) / (m_network * CP)
    supply = sink_out + 8.0 + walk(3600.0, 0.8)
    cold = 303.0 + walk(3600.0, 0.8)
    m_facility = 70.0 + walk(900.0, 6.0)
    hot = cold + load / (m_facility * CP)
    found = {
        "cooling_loop.P_it": load,
        "cooling_loop.T_supply": cold,
        "cooling_loop.T_return": hot,
        "cooling_loop.T_coolant_supply": cold + 4.5 + 2e-6 * (load - 3.2e6),
        "cooling_loop.T_source": source_in,
        "cooling_loop.T_dry_cooler": outdoor + 2.0 + np.abs(walk(1800.0, 3.0)),
        "cooling_loop.m_facility": m_facility,
        "heat_pump.T_source_out": source_out,
        "heat_pump.T_sink_out": sink_out,
        "heat_pump.T_evaporating": source_out - 4.0 * speed,
        "heat_pump.T_condensing": sink_out + 3.0 * speed,
        "heat_pump.m_source": m_source,
        "heat_pump.P_electric": electric,
        "district_network.T_supply": supply,
        "district_network.T_return": t_return,
        "district_network.T_consumer": supply - 1.5 + walk(3600.0, 0.2),
        "district_network.m_network": m_network,
        "district_network.dp_consumer": 60e3 + walk(600.0, 1e3),
        "district_network.Q_delivered": 0.97 * m_network * CP * (supply - t_return),
        "district_network.T_outdoor": outdoor,
        "district_network.T_soil": 276.0 + walk(6 * 3600.0, 0.1),
        "cooling_loop.u_pump": m_facility / 140.0,
        "cooling_loop.u_valve": np.clip(0.2 + walk(900.0, 0.05), 0.0, 1.0),
        "cooling_loop.u_fan": np.clip(0.1 + walk(900.0, 0.05), 0.0, 1.0),
        "heat_pump.u_run": np.ones(len(t_s)),
        "heat_pump.u_compressor": speed,
        "heat_pump.u_source_pump": speed,
        "district_network.u_pump": m_network / 42.0,
        "district_network.u_boiler": np.clip(0.2 + walk(900.0, 0.02), 0.0, 1.0),
    }
    return {name: np.array(values) for name, values in found.items()}


@cache
def site() -> Site:
    return load_site("mantsala")


def in_units(found: Mapping[str, Values]) -> dict[str, Values]:
    """The same in the units of the site file."""
    where, out = site(), {}
    for name, values in found.items():
        unit = unit_of_target(where, name)
        si = where.signals[name].si_unit if name in where.signals else "-"
        factor, offset = conversion(si, unit)
        out[name] = values * factor + offset
    return out


def write_csv(
    path: Path,
    columns: Mapping[str, Values],
    times: list[str],
    *,
    separator: str = ",",
    decimal: str = ".",
    encoding: str = "utf-8",
    time_name: str = "time",
    header: Callable[[str], str] = str,
    digits: int = 3,
) -> Path:
    """A wide export; NaN is an empty cell."""
    lines = [separator.join([time_name, *(header(name) for name in columns)])]
    for i, time in enumerate(times):
        cells = ["" if np.isnan(v[i]) else f"{v[i]:.{digits}f}" for v in columns.values()]
        lines.append(separator.join([time, *(c.replace(".", decimal) for c in cells)]))
    path.write_text("\n".join(lines) + "\n", encoding=encoding)
    return path


def stamps(
    count: int, step_s: float, zone: str = "UTC", pattern: str = "%Y-%m-%d %H:%M:%S",
    begin_s: float = BEGIN_S,
) -> list[str]:  # fmt: skip
    """Local times as an export writes them."""
    tz = ZoneInfo(zone)
    return [
        datetime.fromtimestamp(begin_s + i * step_s, UTC).astimezone(tz).strftime(pattern)
        for i in range(count)
    ]


def everything() -> tuple[str, ...]:
    where = site()
    return (*where.signals, *where.commands)
