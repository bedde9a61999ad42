"""How many units run, and which: the sequencer of several."""

from collections.abc import Sequence
from dataclasses import dataclass

import casadi as ca

from fmus.equations import SX, Model
from fmus.heat_pump.on_off import LATE, Command, OnOff


@dataclass(frozen=True, eq=False)
class Wish:
    """Commands of the units in their order, and the capacity wanted in units [-]."""

    commands: tuple[Command, ...]
    demand: SX


def single(u_run: SX, demand: SX) -> Wish:
    """One unit: it follows `u_run`."""
    crossing = (u_run - 0.5 - LATE, u_run - 0.4 + LATE)
    return Wish((Command(u_run > 0.5, u_run < 0.4, crossing),), demand)


def sequence(
    model: Model,
    p: dict[str, SX],
    u_run: SX,
    u_compressor: SX,
    switches: Sequence[OnOff],
    rotation: bool,
) -> Wish:
    """Several units: the number wanted follows the demand, with hysteresis in load and in time.

    One more when the wanted units have had to run above `stage_up` for `stage_up_s`; one less
    when the rest would have stayed below `stage_down` for `stage_down_s`; none when `u_run` says
    stop. A call that ends early, or a change of the number, begins the time anew: a dip of the
    demand stops nobody. With rotation the unit that has led longest is the first to stop.
    A unit that cannot run is passed over.
    """
    units = len(switches)
    wanted = model.mode("stage.wanted", units, "units that the sequencer wants to run")
    call = model.mode("stage.call", 0, "1 the demand calls for one more unit, -1 for one less")
    timer = model.state("stage.timer", 0.0, "s", "since call or number wanted changed", nominal=1e3)
    model.der(timer, SX(1.0))
    demand = u_compressor * units
    more = ca.logic_and(demand > p["stage_up"] * wanted, wanted < units)
    less = ca.logic_and(demand < p["stage_down"] * (wanted - 1.0), wanted > 1.5)
    calls = ca.if_else(more, 1.0, ca.if_else(less, -1.0, 0.0))
    waited = timer >= ca.if_else(calls > 0.0, p["stage_up_s"], p["stage_down_s"])
    heard = ca.logic_and(ca.fabs(calls - call) < 0.5, waited)
    stays = ca.if_else(u_run < 0.4, 0.0, wanted + ca.if_else(heard, calls, 0.0))
    becomes = ca.if_else(wanted > 0.5, stays, ca.if_else(u_run > 0.5, 1.0, 0.0))
    crossing = (
        u_run - 0.5 - LATE,
        u_run - 0.4 + LATE,
        demand - p["stage_up"] * wanted - LATE,
        demand - p["stage_down"] * (wanted - 1.0) + LATE,
        timer - p["stage_up_s"] - LATE,
        timer - p["stage_down_s"] - LATE,
    )
    model.when(wanted, becomes, crossing)
    model.when(call, calls, ())
    changed = ca.fabs(becomes - wanted) + ca.fabs(calls - call) > 0.5
    model.reinit(timer, ca.if_else(changed, 0.0, timer))
    lead = _lead(model, wanted, becomes, units) if rotation else SX(0.0)
    ranks = _ranks(p, switches, [_order(i, lead, units) for i in range(units)])
    return Wish(tuple(_command(rank, wanted) for rank in ranks), demand)


def _lead(model: Model, wanted: SX, becomes: SX, units: int) -> SX:
    """Mode: the unit that leads (0 for the first); the next one takes over with every stop."""
    lead = model.mode("stage.lead", 0, "which unit leads, 0 for the first")
    following = ca.if_else(lead > units - 1.5, 0.0, lead + 1.0)
    model.when(lead, ca.if_else(becomes < wanted, following, lead), ())
    return lead


def _order(i: int, lead: SX, units: int) -> SX:
    """Place of unit `i` counted from the lead, 0 for the lead itself."""
    return i - lead + ca.if_else(lead > i + 0.5, float(units), 0.0)


def _ranks(p: dict[str, SX], switches: Sequence[OnOff], order: Sequence[SX]) -> list[SX]:
    """How many units stand before each: those that run, then those that could start, in order.

    A unit that is back after a trip waits behind those that run in its place: it is started
    when one more is wanted, and nothing is stopped for it.
    """
    counts = [
        ca.if_else(s.on > 0.5, 1.0, ca.logic_and(s.trip < 0.5, s.timer >= p["min_off_s"]))
        for s in switches
    ]
    ranks = []
    for i, own in enumerate(switches):
        rank = SX(0.0)
        for j, other in enumerate(switches):
            if j != i:
                alike = ca.fabs(other.on - own.on) < 0.5
                before = ca.if_else(alike, order[j] < order[i], other.on > own.on)
                rank += counts[j] * before
        ranks.append(rank)
    return ranks


def _command(rank: SX, wanted: SX) -> Command:
    """A unit is wanted if fewer than `wanted` units stand before it."""
    run = rank < wanted - 0.5
    return Command(run, ca.logic_not(run), ())
