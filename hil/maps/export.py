"""What a map loses on its way to another format; each format is a module of its own."""

from collections.abc import Sequence
from typing import Final

from hil.maps.draft import Remark
from twin.registers.point import Point
from twin.registers.register_map import RegisterMap

EXPORTS: Final = ("telegraf", "wot")


def lost(
    register_map: RegisterMap, points: Sequence[Point], columns: Sequence[str]
) -> list[Remark]:
    """One remark a column of which a format has no word, with how many points it is."""
    plain = Point("any", "hr", 0, "int16")
    remarks = []
    for column in columns:
        names = [p.name for p in points if getattr(p, column) != getattr(plain, column)]
        if names:
            some = ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")
            remarks.append(Remark(register_map.file, f"{column} is not carried over: {some}"))
    return remarks
