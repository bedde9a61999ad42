"""Finding the units behind a network address: a device of its own, or a gateway to many."""

from collections.abc import Callable, Sequence
from typing import Final

from hil.io.probe import Found, Hint, probe
from hil.links.link import Link

_PILOTS: Final = (247, 211, 173)
"""Units that nobody chooses (assumed): who answers for all three answers for everyone."""


class NetworkScan:
    """A scan whose results so far are in `found` and `hints`: it may be stopped at any time.

    `ignores_units`: the device answers whatever unit is asked, so only one is listed.
    """

    def __init__(self, link: Link, units: Sequence[int], timeout_s: float) -> None:
        self.found: list[Found] = []
        self.hints: list[Hint] = []
        self.ignores_units = False
        self._link = link
        self._units = tuple(units)
        self._timeout_s = timeout_s

    @property
    def questions(self) -> int:
        """Questions at most, of units that do not answer [-]."""
        return len(self._units)

    @property
    def longest_s(self) -> float:
        """How long it takes when nobody answers [s]."""
        return self.questions * self._timeout_s

    def run(self, tell: Callable[[int, int], None]) -> None:
        """Scan; `tell` hears the number of units asked and the next one.

        Raises:
            LinkFault: no connection can be made; `found` and `hints` are those of before.
        """
        pilots = [unit for unit in _PILOTS if unit in self._units]
        rest = [unit for unit in self._units if unit not in pilots]
        for done, unit in enumerate((*pilots, *rest)):
            if done == len(pilots) == len(self.found) and len(pilots) == len(_PILOTS):
                self.ignores_units = True
                del self.found[1:]
                return
            tell(done, unit)
            match probe(self._link, unit):
                case Found() as found:
                    self.found.append(found)
                case Hint() as hint:
                    self.hints.append(hint)
        self.found.sort(key=lambda found: found.unit)
