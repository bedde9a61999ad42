"""For how long the diagnosis said of a run's parts at fault that they are not observable."""

from collections.abc import Callable, Collection, Iterable

from twin.diagnosis.verdict import Event, Standing
from twin.estimation.step import STEP_S


class Dark:
    """Follows the parts at fault from the first fault on; nothing is asked without any."""

    def __init__(self, parts: Collection[str], begun_ns: float) -> None:
        self._parts, self._begun_ns = frozenset(parts), begun_ns
        self._always = self._parts
        self._steps, self._raised = 0, False

    def take(self, t_ns: int, news: Iterable[Event], standing: Callable[[str], Standing]) -> None:
        """What is said at the end of a Step, and what was raised or cleared in it."""
        self._raised = self._raised or any(e.raised_ns >= self._begun_ns for e in news)
        if t_ns < self._begun_ns or (self._raised and not self._always):
            return
        dark = {p for p in self._parts if standing(p) is Standing.NOT_OBSERVABLE}
        self._always &= dark
        self._steps += bool(dark) and dark == self._parts and not self._raised

    @property
    def throughout(self) -> bool:
        """Whether it said so of one of them all the time."""
        return bool(self._always)

    @property
    def hours(self) -> float:
        """How long it said so of all of them, until the first event [h]."""
        return self._steps * STEP_S / 3600.0
