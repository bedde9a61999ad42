"""When the model of a part may be corrected, and when what it says may be judged."""

from collections.abc import Collection

STALE_NS = 60_000_000_000
"""A boundary value older than this is none: the model runs on with it, uncorrected [ns]
(assumed)."""
WARM_NS = 20 * 60 * 1_000_000_000
"""A model that has just begun follows its inputs alone so long: it is too far from the plant for a
linear correction [ns] (assumed)."""
SETTLE_NS = 30 * 60 * 1_000_000_000
"""After a start, and after inputs were missing, a part is not judged so long [ns]."""
BEGIN_NS = 4 * 3600 * 1_000_000_000
"""A model that has just begun is not judged so long [ns]: its slow states must forget where they
began, and signatures grow to what a standing fault gives (assumed)."""
RECOVERY = 10
"""A model that ran with held inputs is not judged for this multiple of that time [-]: measured,
see docs/reference/diagnosis.md."""
REST_NS = 3600 * 1_000_000_000
"""A flow that stood still for so long has left the part in another state [ns]: what an observer
made of the part meanwhile fits it no longer once it flows (measured, see decision 0046)."""
LONGEST_REST_NS = 3 * REST_NS
"""After a rest a part is not judged for as long as the rest was, or so long [ns]."""
RIDE_NS = BEGIN_NS // RECOVERY
"""So long a model runs on without rows [ns]: from then on it may as well begin anew."""

OUTSIDE = "outside the validity of its model"
"""The model of the part guesses."""


class Gate:
    """Of one part, window by window."""

    def __init__(self) -> None:
        self.anew()
        self.reason: str | None = "nothing was read yet"
        """Why it is not judged now; None while it is."""

    def anew(self) -> None:
        """The model begins again."""
        self._heard_ns: int | None = None
        self._still: dict[str, int] = {}
        self._judged_ns: int | None = None  # times before 0 are those of a warm-up
        self._why = ""

    def heard(self, end_ns: int, age_ns: int, oldest: str, off: str | None) -> bool:
        """Whether the window that ends at `end_ns` may correct the model.

        Args:
            end_ns: end of the window.
            age_ns: age of the oldest boundary value in it.
            oldest: name of that value.
            off: name of the switch if it stands at off within the window, else None.
        """
        if self._heard_ns is None:
            self._heard_ns = end_ns + WARM_NS
            self._wait(end_ns + BEGIN_NS, "its model has just begun")
        if off is not None:
            self._wait(end_ns + SETTLE_NS, f"off or just started, by {off}")
        if age_ns > STALE_NS:
            self._wait(end_ns + recovery_ns(age_ns), f"{oldest} is not read, or was not lately")
        return off is None and age_ns <= STALE_NS and end_ns >= self._heard_ns

    def flows(self, begin_ns: int, end_ns: int, still: Collection[str]) -> None:
        """Of all flows into the part, `still` are those that stood in the window up to `end_ns`."""
        for name, since_ns in list(self._still.items()):
            if name not in still:
                del self._still[name]
                if (rest_ns := begin_ns - since_ns) >= REST_NS:
                    why = f"{name} flows again after {rest_ns / 3.6e12:.1f} h"
                    self._wait(begin_ns + min(rest_ns, LONGEST_REST_NS), why)
        for name in still:
            self._still.setdefault(name, begin_ns)

    def judged(self, end_ns: int, left: int) -> bool:
        """Whether it may be judged; `left` ranges of its validity its model has left [-]."""
        waits = self._judged_ns is not None and end_ns < self._judged_ns
        self.reason = self._why if waits else OUTSIDE if left else None
        return self.reason is None

    def _wait(self, until_ns: int, why: str) -> None:
        if self._judged_ns is None or until_ns > self._judged_ns:
            self._judged_ns, self._why = until_ns, why


def recovery_ns(age_ns: int) -> int:
    """How long a part is not judged after its inputs were held for `age_ns` [ns]."""
    return min(RECOVERY * age_ns, BEGIN_NS)
