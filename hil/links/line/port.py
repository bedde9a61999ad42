"""What stands on an emulated line: adapters of masters and listeners, and slaves."""

import errno
from collections.abc import Callable
from typing import TYPE_CHECKING

from hil.links.line.disorder import ReplyDisorder
from hil.links.line_time import LineTime

if TYPE_CHECKING:
    from hil.links.line.emulated import EmulatedLine

_FORGET_NS = 25_000_000
"""So long after the last character a slave is called again, for it to forget noise [ns]."""


class LinePort:
    """An adapter on the line, as `Port`: whoever reads from it lets the line's time pass.

    Like a tty that pyserial opened it does not look at parity: damaged characters come through.
    While it sends it hears nobody, or with the line's `echo` itself.
    """

    def __init__(
        self,
        line: "EmulatedLine",
        name: str,
        latency_ns: int = 0,
        time: LineTime | None = None,
    ) -> None:
        self.name = name
        self.time = time or line.time
        """Baud rate and parity that it is set to; with others than the line's nobody gets sense."""
        self.free_ns = line.now_ns()
        """When the last character of what was given to it will have been sent [ns]."""
        self._line = line
        self._latency_ns = latency_ns
        self._waiting = bytearray()  # in the driver, on the way to whoever reads
        self._heard = bytearray()
        self._gone = False
        line.join(self)

    def read(self, deadline_ns: int) -> bytes:
        """What has arrived, at least one byte; empty when the line's time is `deadline_ns` [ns].

        Raises:
            OSError: the adapter was pulled.
        """
        self._still_there()
        self._line.run(max(deadline_ns, self._line.now_ns()), self.is_ready)
        self._still_there()
        return self.take()

    def write(self, data: bytes) -> None:
        """Put `data` on the line, its first character now.

        Raises:
            OSError: the adapter was pulled.
        """
        self._line.catch_up()
        self._still_there()
        self._line.send(self, data, self._line.now_ns())

    def close(self) -> None:
        """Leave the line; what was given to it is still sent."""
        self._line.leave(self)

    def take(self) -> bytes:
        """What has arrived by now, perhaps nothing."""
        chunk = bytes(self._heard)
        self._heard.clear()
        return chunk

    def is_ready(self) -> bool:
        """Whether reading would return at once."""
        return bool(self._heard) or self._gone

    def pull(self) -> None:
        """Out of the socket: every call fails from now on, also after another is plugged in."""
        self._gone = True
        self._heard.clear()

    @property
    def echoes(self) -> bool:
        """Whether it hears what it sends."""
        return self._line.echo

    def hear(self, heard: bytes, ended_ns: int, parity_wrong: bool) -> None:
        """Characters have come, the last of them until `ended_ns` [ns]."""
        if not self._latency_ns:
            self._heard += heard
            return
        if not self._waiting:
            self._line.at(ended_ns + self._latency_ns, self._hand_over)
        self._waiting += heard

    def _hand_over(self) -> None:
        self._heard += self._waiting
        self._waiting.clear()

    def over(self, ended_ns: int) -> None:
        """Somebody had no more to say at `ended_ns` [ns]."""

    def _still_there(self) -> None:
        if self._gone:
            raise OSError(errno.EIO, "Input/output error")


class SlavePort(LinePort):
    """Where a slave listens; `attend` is called when a frame on the line is over.

    It answers `turnaround_ns` after the 3.5 characters that end a request, without listening
    whether the line is free, as slaves do. Its UART drops characters of wrong parity, counted in
    `parity_caught`.
    """

    def __init__(self, line: "EmulatedLine", name: str, turnaround_ns: int) -> None:
        super().__init__(line, name)
        self.turnaround_ns = turnaround_ns
        self.disorder = ReplyDisorder()
        self.attend: Callable[[int], object] = lambda now_ns: None
        """Called with the time of the line [ns]; reads what was heard, writes what it answers."""
        self.parity_caught = 0
        self._over_ns = line.now_ns()
        self._watched = False

    @property
    def echoes(self) -> bool:
        """A slave switches its receiver off while it sends."""
        return False

    def read(self, deadline_ns: int) -> bytes:
        """What has arrived by now: time passes for the master, who waits, and not here."""
        return self.take()

    def write(self, data: bytes) -> None:
        """Answer; what may go wrong with it is drawn here."""
        line, disorder, dice = self._line, self.disorder, self._line.dice
        start_ns = line.now_ns() + self.turnaround_ns
        if dice.hits(disorder.drop):
            line.mishaps["dropped"] += 1
            return
        if dice.hits(disorder.corrupt):
            line.mishaps["corrupted"] += 1
            data = dice.damaged(data)
        if dice.hits(disorder.late):
            line.mishaps["late"] += 1
            start_ns += dice.between(*disorder.late_ns)
        line.send(self, data, start_ns)
        if dice.hits(disorder.collide):
            line.mishaps["collided"] += 1
            line.intrude(dice.garbage(len(data)), start_ns + dice.between(0, 2 * line.time.char_ns))

    def hear(self, heard: bytes, ended_ns: int, parity_wrong: bool) -> None:
        """Characters have come, the last of them until `ended_ns` [ns]."""
        if parity_wrong:
            self.parity_caught += len(heard)
        else:
            self._heard += heard
        self._over_ns = ended_ns + self._line.time.gap_ns

    def over(self, ended_ns: int) -> None:
        """Somebody stopped at `ended_ns` [ns]; 3.5 characters of silence end the frame."""
        self._over_ns = max(self._over_ns, ended_ns + self._line.time.gap_ns)
        if not self._watched:
            self._watched = True
            self._line.at(self._over_ns, self._look)

    def _look(self) -> None:
        if self._over_ns > self._line.now_ns():
            self._line.at(self._over_ns, self._look)
            return
        self._watched = False
        self.attend(self._over_ns)
        self._line.at(self._over_ns + _FORGET_NS, self._look_again)

    def _look_again(self) -> None:
        if not self._watched:
            self.attend(self._line.now_ns())
