"""What may be written to a point at all, from its map."""

from twin.errors import BadInput, refuse
from twin.registers import BadValue, Breach, Limit, Point, decode, encode

_DIGITS = 1e-6
"""A limit and what a register carries of it are the same within so much of a step of an integer, or
of a float itself [-]; 3 x 0.1 is more than 0.3, and float32 carries 6e-8."""


def limit_of(device: str, point: Point) -> Limit:
    """Limits of `point` [its unit].

    Raises:
        BadInput: it is read-only, or has no limits.
    """
    place = f"{device}: {point.name}"
    if not point.writable:
        raise refuse(f"{place}: access", point.access, "the map does not let it be written")
    if point.is_bit:
        return Limit(0.0, 1.0, may_miss=False)
    may_miss = point.tag == "sensor" and (point.nan is not None or not point.kind.integer)
    if point.min is None or point.max is None:
        if point.tag == "heartbeat":
            return Limit(float("-inf"), float("inf"), may_miss)
        raise BadInput(f"{place}: a point without min and max cannot be written")
    return Limit(
        min(point.min, _carried(point, point.min)),
        max(point.max, _carried(point, point.max)),
        may_miss,
    )


def sentence(breach: Breach) -> str:
    """The breach for people, with value, unit and limits."""
    point, value, (low, high, _) = breach
    if value is None:
        return f"{point.name}: no value, and the point has no sentinel for that"
    return f"{point.name} = {value:.6g} {point.unit}: must be {low:.6g} to {high:.6g}"


def _carried(point: Point, limit: float) -> float:
    """`limit` as the register carries it, if that is the same but for the last digits."""
    if point.scale_ref is not None:  # only the device knows to what it rounds
        return limit
    try:
        value = decode(point, encode(point, limit))
    except BadValue:
        return limit
    if value is None:
        return limit
    digits = _DIGITS * (abs(point.scale) if point.kind.integer else max(abs(value), abs(limit)))
    return value if abs(value - limit) <= digits else limit
