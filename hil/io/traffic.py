"""What a line carries, added up: by unit how often and how fast, and what went wrong."""

from collections import Counter
from typing import Any

from hil.io.pairing import Exchange
from hil.io.wiretap import Heard, Noise
from hil.links.latency import LatencyHistogram
from hil.links.line_time import LineTime


class UnitTraffic:
    """Exchanges of one unit by their ending, exceptions by code, times until the answer."""

    def __init__(self) -> None:
        self.endings: Counter[str] = Counter()
        self.functions: Counter[int] = Counter()
        self.codes: Counter[int] = Counter()
        self.latency = LatencyHistogram()

    def add(self, exchange: Exchange) -> None:
        """Count one exchange."""
        self.endings[exchange.ending] += 1
        if exchange.code:
            self.codes[exchange.code] += 1
        if exchange.request is not None and exchange.ending != "late":  # counted when given up
            self.functions[exchange.request[0]] += 1
        if exchange.ending in ("answered", "refused") and exchange.took_ns is not None:
            self.latency.add(exchange.took_ns)

    @property
    def requests(self) -> int:
        """Questions to the unit [-]."""
        return sum(self.functions.values())

    def quantile_ms(self, fraction: float) -> float | None:
        """Time that `fraction` [-] of the answers began within [ms]; None without answers."""
        found = self.latency.quantile_ns(fraction)
        return None if found is None else found / 1e6


class Traffic:
    """Everything heard on a line.

    `short_gaps` are frames after less than 3.5 characters of silence, a character's time
    being forgiven: so exact is a computer's ear.
    """

    def __init__(self, line: LineTime) -> None:
        self.units: dict[int, UnitTraffic] = {}
        self.noises = self.noise_bytes = self.wrong_sums = self.short_gaps = self.frames = 0
        self._line = line
        self._busy_ns = 0
        self._span_ns: tuple[int, int] | None = None

    def is_short(self, heard: Heard) -> bool:
        """Whether the silence before a frame is known to be too short."""
        return heard.gap_ns is not None and heard.gap_ns < self._line.gap_ns - self._line.char_ns

    def hear(self, heard: Heard | Noise) -> None:
        """Count a frame, or bytes that are none."""
        first_ns = heard.start_ns if self._span_ns is None else self._span_ns[0]
        self._span_ns = (first_ns, heard.end_ns)
        if isinstance(heard, Noise):
            self.noises += 1
            self.noise_bytes += len(heard.data)
            self.wrong_sums += bool(heard.looks_like)
            self._busy_ns += self._line.duration_ns(len(heard.data))
        else:
            self.frames += 1
            self.short_gaps += self.is_short(heard)
            self._busy_ns += self._line.duration_ns(len(heard.message) + 3)

    def add(self, exchange: Exchange) -> None:
        """Count an exchange of its unit."""
        self.units.setdefault(exchange.unit, UnitTraffic()).add(exchange)

    @property
    def load(self) -> float:
        """Share of the time in which characters were on the line [-]."""
        if self._span_ns is None or self._span_ns[1] <= self._span_ns[0]:
            return 0.0
        return min(1.0, self._busy_ns / (self._span_ns[1] - self._span_ns[0]))

    def plain(self) -> dict[str, Any]:
        """As JSON types; times in ms."""
        return {
            "frames": self.frames,
            "noises": self.noises,
            "noise_bytes": self.noise_bytes,
            "wrong_sums": self.wrong_sums,
            "short_gaps": self.short_gaps,
            "load": round(self.load, 4),
            "units": {unit: _plain(self.units[unit]) for unit in sorted(self.units)},
        }


def _plain(unit: UnitTraffic) -> dict[str, Any]:
    return {
        "requests": unit.requests,
        **dict(sorted(unit.endings.items())),
        "exceptions": {str(code): count for code, count in sorted(unit.codes.items())},
        "functions": {str(code): count for code, count in sorted(unit.functions.items())},
        "answer_ms": {"p50": unit.quantile_ms(0.5), "p99": unit.quantile_ms(0.99)},
    }
