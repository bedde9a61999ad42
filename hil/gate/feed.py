"""How long a gate may stay open: to its time to live, and while somebody feeds it."""

import os

from hil.links.ready import ready
from twin.clock import NS_PER_S, Clock, monotonic_ns
from twin.errors import refuse


class Feed:
    """Ends with the time to live, or `heartbeat_s` [s] after the last beat."""

    def __init__(self, clock: Clock, heartbeat_s: float) -> None:
        if not 0 < heartbeat_s <= 3600:
            raise refuse("heartbeat", heartbeat_s, "must be > 0 s and at most an hour")
        self.running = False
        self.until_ns = 0
        self._clock = clock
        self._heartbeat_s = heartbeat_s
        self._heartbeat_ns = round(heartbeat_s * NS_PER_S)
        self._fed_ns = 0

    def begin(self, ttl_s: float) -> None:
        """Run for `ttl_s` [s] from now on."""
        self._fed_ns = self._clock.now_ns()
        self.until_ns = self._fed_ns + round(ttl_s * NS_PER_S)
        self.running = True

    def beat(self) -> None:
        """Somebody is there."""
        self._fed_ns = self._clock.now_ns()

    def end(self) -> None:
        """Nothing is left to look after."""
        self.running = False

    def over(self) -> str:
        """Why it is over; empty while it is not."""
        now_ns = self._clock.now_ns()
        if now_ns >= self.until_ns:
            return "the time to live is over"
        if now_ns - self._fed_ns >= self._heartbeat_ns:
            return f"no heartbeat for {self._heartbeat_s:g} s"
        return ""

    def left_s(self) -> float:
        """Time until it is over if nobody beats [s]."""
        end_ns = min(self.until_ns, self._fed_ns + self._heartbeat_ns)
        return max(0.0, (end_ns - self._clock.now_ns()) / NS_PER_S)

    def listen(self, feeder: int, until_ns: int) -> bool:
        """Wait for a beat on descriptor `feeder`, at most to `until_ns` [ns]; False at its end."""
        left_ns = min(until_ns - self._clock.now_ns(), NS_PER_S // 5)
        if not ready((feeder,), monotonic_ns() + left_ns):
            return True
        if not os.read(feeder, 4096):
            return False
        self.beat()
        return True
