"""Latencies of a whole run in a fixed 15 kB: a histogram whose bins grow with the value."""

_SUB_BITS = 5
_SUB = 1 << _SUB_BITS
_BINS = _SUB * (65 - _SUB_BITS)
"""Enough for durations below 2**64 ns, which are 584 years."""


class LatencyHistogram:
    """Counts of durations [ns]; a quantile is off by at most 1.6 %, however long the run."""

    def __init__(self) -> None:
        self._bins = [0] * _BINS
        self.longest_ns = 0

    @property
    def count(self) -> int:
        """How many durations were counted [-]."""
        return sum(self._bins)

    def add(self, duration_ns: int) -> None:
        """Count one duration [ns]; a negative one counts as 0."""
        octave = duration_ns.bit_length() - _SUB_BITS - 1
        if octave > 0 and duration_ns > 0:
            self._bins[(octave << _SUB_BITS) + (duration_ns >> octave)] += 1
        else:
            self._bins[max(duration_ns, 0)] += 1
        if duration_ns > self.longest_ns:
            self.longest_ns = duration_ns

    def quantile_ns(self, fraction: float) -> float | None:
        """Duration [ns] that `fraction` [-] of all stayed within; None while there is none."""
        if not (count := self.count):
            return None
        wanted = fraction * count
        seen = 0
        for place, number in enumerate(self._bins):
            seen += number
            if number and seen >= wanted:
                return min(_middle_ns(place), float(self.longest_ns))
        return float(self.longest_ns)


def _middle_ns(place: int) -> float:
    if place < 2 * _SUB:
        return float(place)
    octave = (place >> _SUB_BITS) - 1
    lowest = ((place & (_SUB - 1)) + _SUB) << octave
    return lowest + ((1 << octave) - 1) / 2
