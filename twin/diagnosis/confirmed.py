"""What each window finds, once it has stood long enough and no shorter window excludes it."""

from collections.abc import Collection

from twin.diagnosis.bank import Bank, Fit
from twin.diagnosis.evidence import lasting
from twin.diagnosis.findings import Cause, Finding, find
from twin.diagnosis.learned import Learned, Plant
from twin.diagnosis.settings import Settings
from twin.diagnosis.sight import Look, Sight, whole


class Confirmed:
    """The finding of every window, or None; it stands until the window is judged again."""

    def __init__(
        self, plant: Plant, learned: Learned, settings: Settings, bank: Bank, sight: Sight
    ) -> None:
        self._plant, self._learned, self._settings = plant, learned, settings
        self._bank, self._sight = bank, sight
        self.findings: list[Finding | None] = [None] * len(settings.windows)
        self._streak = [0] * len(settings.windows)

    def forget(self, longer_than: int) -> None:
        """Windows after this one have found nothing."""
        for i in range(longer_than + 1, len(self.findings)):
            self.findings[i], self._streak[i] = None, 0

    def take(
        self, i: int, fit: Fit | None, known: Collection[int], now_ns: int, looks: Look = whole
    ) -> None:
        """Judge window i by what `looks` gives of its new fit.

        `known` are hypotheses of events that stand.
        """
        seen = None if fit is None else looks(fit)
        found = None if seen is None else self._find(seen, known)
        self._streak[i] = 0 if found is None else self._streak[i] + 1
        window = self._settings.windows[i]
        if found is not None and self._streak[i] < window.confirm:
            found = None
        if found is not None and not window.against:
            found = None if all(self._past(c, i, now_ns, looks) for c in found.causes) else found
        self.findings[i] = found

    def _find(self, fit: Fit, known: Collection[int]) -> Finding | None:
        found = find(fit, fit.of, self._plant, self._learned, self._settings, known)
        return found if found is not None and self._lasts(found) else None

    def _lasts(self, found: Finding) -> bool:
        """Whether it would be found without the few panes that say most."""
        i = found.fit.window
        panes = self._settings.windows[i].outliers
        j = found.causes[0].hypothesis if len(found.causes) == 1 else None
        left = lasting(found.fit, self._bank, self._settings.base(i), j, panes) if panes else 1.0
        return found.strength * left >= 1.0

    def _past(self, cause: Cause, before: int, now_ns: int, looks: Look) -> bool:
        j, told = cause.hypothesis, (now_ns, before, cause.size, looks)
        return j is not None and self._sight.excludes(j, *told) is not None
