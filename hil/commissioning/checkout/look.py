"""What a controller shows of its points: the registers as they are, and what they mean."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hil.commissioning.rig import Rig
from hil.links.device import Device
from twin.registers import Block, Point
from twin.registers.block import scale_of
from twin.registers.codec import decode, decode_text
from twin.registers.point import BIT_TABLES

MOST_REGISTERS = 32
"""Registers of one read: less than any known device permits [-] (assumed)."""
TRIES = 3
"""A read that brought nothing is asked again so often, a cycle later [-] (assumed)."""


class Shown(NamedTuple):
    """Registers (0 to 65535, or bits) in wire order, the value [point.unit], or `why` not."""

    words: tuple[int, ...] = ()
    value: float | None = None
    text: str = ""
    why: str = ""


def look(rig: Rig, controller: str, points: Sequence[Point]) -> dict[str, Shown]:
    """What a controller that serves registers shows of `points`, by name.

    The plant goes on by a cycle where it has to be asked again.
    """
    device = rig.device(controller)
    found: dict[str, Shown] = {}
    left = list(points)
    for attempt in range(TRIES):
        if attempt:
            rig.cycle()
        if rig.reachable(controller):
            found |= _ask(device, left)
        else:
            found |= {p.name: Shown(why=f"{controller} does not answer") for p in left}
        left = [p for p in left if not found[p.name].words]
        if not left:
            break
    return found


def shown_of(
    point: Point, words: Sequence[int], exponents: Mapping[str, float | None] | None = None
) -> Shown:
    """What registers in wire order mean; `exponents` of ten are those that scales refer to."""
    if point.is_text:
        data = b"".join(word.to_bytes(2, "big") for word in words)
        return Shown(tuple(words), None, decode_text(point, data))
    if point.table in BIT_TABLES:
        return Shown(tuple(words), float(words[0]))
    scale = None
    if point.scale_ref is not None:
        scale = scale_of((exponents or {}).get(point.scale_ref))
    value = decode(point, words, scale)
    return Shown(tuple(words), value, why="" if value is not None else "it has no value")


def hex_of(point: Point, words: Sequence[int]) -> str:
    """Registers as people write them down: `41A4 0000`; a bit as 0 or 1."""
    if point.table in BIT_TABLES:
        return " ".join(map(str, words))
    return " ".join(f"{word:04X}" for word in words)


def _ask(device: Device, points: Sequence[Point]) -> dict[str, Shown]:
    held: dict[str, tuple[int, ...]] = {}
    why: dict[str, str] = {}
    for run in _runs(points):
        words, reason = _words(device, run)
        if words is None and len(run) > 1:  # one of them may be what it refuses
            for point in run:
                words, reason = _words(device, [point])
                _keep([point], words, reason, held, why)
        else:
            _keep(run, words, reason, held, why)
    exponents = {p.name: decode(p, held[p.name]) for p in points if _is_exponent(p, points, held)}
    return {
        p.name: shown_of(p, held[p.name], exponents) if p.name in held else Shown(why=why[p.name])
        for p in points
    }


def _is_exponent(point: Point, points: Sequence[Point], held: Mapping[str, object]) -> bool:
    return point.name in held and any(p.scale_ref == point.name for p in points)


def _keep(
    run: Sequence[Point],
    words: Sequence[int] | None,
    reason: str,
    held: dict[str, tuple[int, ...]],
    why: dict[str, str],
) -> None:
    for point in run:
        if words is None:
            why[point.name] = reason
        else:
            at = point.address - run[0].address
            held[point.name] = tuple(words[at : at + point.registers])


def _runs(points: Sequence[Point]) -> list[list[Point]]:
    """Neighbours that cross the line in one read."""
    runs: list[list[Point]] = []
    for point in sorted(points, key=lambda p: (p.table, p.address)):
        run = runs[-1] if runs else None
        joins = run is not None and (run[-1].table, run[-1].end) == (point.table, point.address)
        if run is not None and joins and point.end - run[0].address <= MOST_REGISTERS:
            run.append(point)
        else:
            runs.append([point])
    return runs


def _words(device: Device, run: Sequence[Point]) -> tuple[tuple[int, ...] | None, str]:
    """The registers of neighbours as plain numbers, which lose nothing on the way."""
    table, first = run[0].table, run[0].address
    kind = "bool" if table in BIT_TABLES else "uint16"
    addresses = range(first, max(p.end for p in run))
    reading = device.read(Block([Point(f"{table}{a}", table, a, kind) for a in addresses]))
    if reading.values is None:
        return None, reading.why
    return tuple(int(value or 0) for value in reading.values), ""
