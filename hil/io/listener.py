"""The ear on a line: bytes with their times in, frames, noise and exchanges out."""

from hil.io.pairing import Exchange, Pairing
from hil.io.traffic import Traffic
from hil.io.wiretap import Heard, Noise, Wiretap
from hil.links.line_time import LineTime


class Listener:
    """Understands a line it is never heard on; what it saw is added up in `traffic`.

    `silences` False: the times between bytes mean nothing, as on a pty.
    """

    def __init__(self, line: LineTime, timeout_ns: int, *, silences: bool = True) -> None:
        self.traffic = Traffic(line)
        self._tap = Wiretap(line)
        self._pairing = Pairing(timeout_ns)
        self._silences = silences

    def feed(self, data: bytes, now_ns: int) -> list[Heard | Noise | Exchange]:
        """What is clear after `data` arrived at `now_ns` (monotonic) [ns]; empty: time passed."""
        out = self._take(self._tap.feed(data, now_ns))
        if not data:
            out += self._added(self._pairing.wait(now_ns))
        return out

    def finish(self) -> list[Heard | Noise | Exchange]:
        """What is left at the end."""
        return self._take(self._tap.finish())

    def _take(self, heard: list[Heard | Noise]) -> list[Heard | Noise | Exchange]:
        out: list[Heard | Noise | Exchange] = []
        for item in heard:
            if isinstance(item, Heard) and not self._silences:
                item = item._replace(gap_ns=None)
            self.traffic.hear(item)
            out.append(item)
            if isinstance(item, Heard):
                out += self._added(self._pairing.hear(item))
        return out

    def _added(self, exchanges: list[Exchange]) -> list[Exchange]:
        for exchange in exchanges:
            self.traffic.add(exchange)
        return exchanges
