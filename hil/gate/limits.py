"""What may be written to a point at all, from its map."""

from twin.errors import BadInput, refuse
from twin.registers import BadValue, Breach, Limit, Point, decode, encode


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
    # a limit that the register can only carry rounded is met by its rounded value
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
    if point.scale_ref is not None:  # only the device knows to what it rounds
        return limit
    try:
        value = decode(point, encode(point, limit))
    except BadValue:
        return limit
    return limit if value is None else value
