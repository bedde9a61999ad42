"""What a controller shows of its points: the registers as they are, and what they mean."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from hil.commissioning.rig import Rig
from hil.links.device import BlockReading, Device
from twin.registers import Block, Point
from twin.registers.block import scale_of
from twin.registers.codec import decode, decode_text
from twin.registers.point import BIT_TABLES
from twin.signals import Quality

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
    """What a controller that serves registers shows of `points`, by name, in this cycle.

    Where it does not answer it is asked again in the next.
    """
    device = rig.device(controller)
    found: dict[str, Shown] = {}
    for attempt in range(TRIES):
        if attempt:  # all of them again, so that they are of one moment
            rig.cycle()
        if not rig.reachable(controller):
            found = {p.name: Shown(why=f"{controller} does not answer") for p in points}
            continue
        found, whole = _ask(device, points)
        if whole:
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


def _ask(device: Device, points: Sequence[Point]) -> tuple[dict[str, Shown], bool]:
    """What is shown, and whether every question was answered, if only by a refusal."""
    held: dict[str, tuple[int, ...]] = {}
    why: dict[str, str] = {}
    whole = True
    for run in _runs(points):
        answer = _words(device, run)
        alone = [run]
        if answer.quality is Quality.REFUSED and len(run) > 1:  # one of them may be the reason
            alone = [[point] for point in run]
        for part in alone:
            if len(alone) > 1:
                answer = _words(device, part)
            whole = whole and answer.quality in (Quality.GOOD, Quality.REFUSED)
            _keep(part, answer, held, why)
    exponents = {p.name: decode(p, held[p.name]) for p in points if _is_exponent(p, points, held)}
    shown = {
        p.name: shown_of(p, held[p.name], exponents) if p.name in held else Shown(why=why[p.name])
        for p in points
    }
    return shown, whole


def _is_exponent(point: Point, points: Sequence[Point], held: Mapping[str, object]) -> bool:
    return point.name in held and any(p.scale_ref == point.name for p in points)


def _keep(
    run: Sequence[Point],
    answer: BlockReading,
    held: dict[str, tuple[int, ...]],
    why: dict[str, str],
) -> None:
    for point in run:
        if answer.values is None:
            why[point.name] = answer.why
        else:
            at = point.address - run[0].address
            words = answer.values[at : at + point.registers]
            held[point.name] = tuple(int(word or 0) for word in words)


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


def _words(device: Device, run: Sequence[Point]) -> BlockReading:
    """The registers of neighbours as plain numbers, which lose nothing on the way."""
    table, first = run[0].table, run[0].address
    kind = "bool" if table in BIT_TABLES else "uint16"
    addresses = range(first, max(p.end for p in run))
    return device.read(Block([Point(f"{table}{a}", table, a, kind) for a in addresses]))
