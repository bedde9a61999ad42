"""Latencies of a whole run in a fixed 15 kB: a histogram whose bins grow with the value."""

from array import array

_SUB_BITS = 5
_SUB = 1 << _SUB_BITS
_BINS = _SUB * (64 - _SUB_BITS)


class LatencyHistogram:
    """Counts of durations [ns]; a quantile is off by at most 1.6 %, however long the run."""

    def __init__(self) -> None:
        self._bins = array("Q", bytes(8 * _BINS))
        self.count = 0
        self.longest_ns = 0

    def add(self, duration_ns: int) -> None:
        """Count one duration [ns]; a negative one counts as 0."""
        if duration_ns < _SUB:
            place = max(duration_ns, 0)
        else:
            octave = duration_ns.bit_length() - _SUB_BITS - 1
            place = min((octave << _SUB_BITS) + (duration_ns >> octave), _BINS - 1)
        self._bins[place] += 1
        self.count += 1
        if duration_ns > self.longest_ns:
            self.longest_ns = duration_ns

    def quantile_ns(self, fraction: float) -> float | None:
        """Duration [ns] that `fraction` [-] of all stayed within; None while there is none."""
        if not self.count:
            return None
        wanted = fraction * self.count
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
