"""Putting a value back: by its ramp, until it is seen to be there, with limited patience."""

from collections.abc import Callable
from typing import NamedTuple

from hil.gate.compare import differs, identical
from hil.gate.journal import Entry
from hil.gate.pace import next_step, way_s
from hil.gate.raw import read_payload
from hil.gate.requests import payload_of, request_for, shape_of
from hil.links.device import Device
from hil.links.permit import Lease, Permit
from twin.clock import NS_PER_S, Clock
from twin.registers import Block
from twin.signals import Quality

PATIENCE_S = 10.0
"""How long a device may be away or refuse before its value stays in the journal [s]; assumed."""

_AGAIN_NS = NS_PER_S // 2


class Restored(NamedTuple):
    """Whether the value is back, what the device held when it began, and why it is not back."""

    done: bool
    found: bytes | None
    why: str


def put_back(
    entry: Entry,
    device: Device,
    clock: Clock,
    say: Callable[[str], None],
    patience_s: float,
    *,
    unseen: bool = False,
) -> Restored:
    """Put the value of `entry` back; `patience_s` [s] begins anew with every step that is seen.

    It is not held to the limits of the map: it is what the device had before. Every try begins
    with a look, so that nothing is written that is there already. Where something was sent and
    `unseen`, the device may be about to obey: then the value goes there all the same, behind what
    was sent, or has to stand for all the patience while no more is taken.
    """
    block, goal = entry.block, entry.before
    found: bytes | None = None
    now: bytes | None = None
    why = ""
    deadline_ns = _after(clock, patience_s)
    while clock.now_ns() <= deadline_ns:
        now, why = read_payload(device, block) if entry.readable else (goal, "")
        if now is not None:
            if found is None:
                found = now
                _announce(entry, now, say)
            if entry.readable and not unseen and identical(block, goal, now):
                return Restored(True, found, "")
            step, lasts_s = _step(block, now, goal)
            sent_ns = clock.now_ns()
            if not (why := _send(entry, device, step)):
                if not entry.readable:
                    return Restored(True, None, "")
                if step != goal:
                    clock.wait_until(sent_ns + round(lasts_s * NS_PER_S))
                after, why = read_payload(device, block)
                if after is not None and not (why := differs(block, step, after)):
                    if step == goal:
                        return Restored(True, found, "")
                    if after != now:
                        deadline_ns = _after(clock, patience_s)
                        continue
                    why = "it confirms, and does not move"
        clock.wait_until(clock.now_ns() + _AGAIN_NS)
    stands = unseen and entry.readable and now is not None and identical(block, goal, now)
    return Restored(stands, found, "" if stands else why)


def _send(entry: Entry, device: Device, payload: bytes) -> str:
    shape = shape_of(entry.block, entry.single)
    request = request_for(entry.block, shape, payload)
    outcome = device.write(Permit(Lease(None), device.name, entry.block, request))
    return "" if outcome.quality is Quality.GOOD else outcome.why


def _step(block: Block, now: bytes, goal: bytes) -> tuple[bytes, float]:
    wanted = block.decode(goal)
    values, lasts_s = next_step(block, block.decode(now), wanted)
    if values == wanted:
        return goal, lasts_s  # the very bytes, also where they are no number
    return payload_of(block, [float("nan") if v is None else v for v in values]), lasts_s


def _announce(entry: Entry, now: bytes, say: Callable[[str], None]) -> None:
    block = entry.block
    lasts_s = way_s(block, block.decode(now), block.decode(entry.before))
    slowly = f", by its ramp in {lasts_s:.0f} s" if lasts_s > 1 else ""
    say(f"putting back {entry}{slowly}")


def _after(clock: Clock, seconds: float) -> int:
    return clock.now_ns() + round(seconds * NS_PER_S)
