"""What was seen of a test: points are added as the test speaks of them."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from hil.commissioning.points import Ref
from hil.commissioning.rig import Rig
from hil.commissioning.scope import Scope
from hil.commissioning.trace import Trace
from twin.signals import Quality

_COLUMNS = {"signal": ("measured", "quality"), "command": ("commands", "command_quality")}


class GrowingTrace(Trace):
    """A trace whose readings and commands go back to the test's begin, whenever they are added."""

    def __init__(self, rig: Rig, scope: Scope) -> None:
        super().__init__(rig, scope, {})
        self._watching = rig
        self._rows: list[NDArray[np.void]] = []

    def take(self) -> None:
        """The cycle that has just ended."""
        super().take()
        assert self._watching.row is not None
        self._rows.append(self._watching.row.copy())

    def also(self, refs: Mapping[str, Ref]) -> bool:
        """From here on `refs` too; whether one of them is new."""
        new = {name: ref for name, ref in refs.items() if name not in self.refs}
        self.refs |= new
        self.columns |= {name: self._before(ref) for name, ref in new.items()}
        return bool(new)

    def _before(self, ref: Ref) -> list[float | None]:
        """What it was in the cycles before [SI]; nobody asked for a register."""
        if ref.kind not in _COLUMNS:
            return [None] * len(self.t_s)
        values, quality = _COLUMNS[ref.kind]
        good = int(Quality.GOOD)
        return [
            float(row[values][ref.column]) if row[quality][ref.column] == good else None
            for row in self._rows
        ]
