"""Finding what speaks on a serial line: its settings first, then every unit at them."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from hil.io.line_setting import LineSetting, same_rate_first, silence_s
from hil.io.probe import Found, Hint, probe
from hil.links.link import Link

FIRST_UNITS = (1, 2, 3, 4, 5, 10, 247)
"""Units by which the settings are found: the usual factory addresses (assumed)."""


class Try(NamedTuple):
    """One question of a scan: how many were asked before it, and how many there are at most."""

    done: int
    of: int
    setting: LineSetting
    unit: int


class SerialScan:
    """A scan whose results so far are in it at any time: it may be stopped whenever one likes.

    `found` and `hints` grow; `setting` is what the line has, None while nobody knows.
    """

    def __init__(
        self,
        open_at: Callable[[LineSetting], Link],
        settings: Sequence[LineSetting],
        units: Sequence[int],
        timeout_s: float,
    ) -> None:
        self.found: list[Found] = []
        self.hints: list[tuple[LineSetting, Hint]] = []
        self.setting: LineSetting | None = None
        self._open_at = open_at
        self._settings = list(settings)
        self._units = tuple(units)
        self._first = tuple(u for u in FIRST_UNITS if u in self._units) or self._units[:5]
        self._timeout_s = timeout_s
        self._done = 0

    @property
    def questions(self) -> int:
        """Questions at most, of units that do not answer [-]."""
        rest = len(self._units) - len(self._first)
        return len(self._settings) * len(self._first) + rest

    @property
    def longest_s(self) -> float:
        """How long it takes when the last setting is the one, and one unit is there [s]."""
        each = [silence_s(setting, self._timeout_s) for setting in self._settings]
        rest = len(self._units) - len(self._first)
        return sum(each) * len(self._first) + max(each) * rest

    def run(self, tell: Callable[[Try], None]) -> None:
        """Scan; `tell` hears of each question before it is asked.

        Raises:
            LinkFault: the port is not there, or is gone.
        """
        waiting = list(self._settings)
        while waiting and self.setting is None:
            setting = waiting.pop(0)
            if self._try(setting, self._first, tell):
                self.setting = setting
                self._done = self.questions - len(self._units) + len(self._first)
                self._try(setting, [u for u in self._units if u not in self._first], tell)
            elif any(at == setting for at, _ in self.hints):
                waiting = same_rate_first(waiting, setting.baud)

    def _try(self, setting: LineSetting, units: Sequence[int], tell: Callable[[Try], None]) -> bool:
        link = self._open_at(setting)
        before = len(self.found)
        try:
            for unit in units:
                tell(Try(self._done, self.questions, setting, unit))
                self._done += 1
                match probe(link, unit):
                    case Found() as found:
                        self.found.append(found)
                    case Hint() as hint:
                        self.hints.append((setting, hint))
        finally:
            link.close()
        return len(self.found) > before
