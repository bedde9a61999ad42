"""The line itself: who talks when, what is heard of it, and time that passes for all at once."""

import errno
from collections import Counter
from collections.abc import Mapping, Sequence

from hil.links.line.disorder import Dice
from hil.links.line.gaps import GapLog
from hil.links.line.port import LinePort, SlavePort
from hil.links.line.timeline import Timeline
from hil.links.line_time import LineTime
from hil.links.rtu_server import RtuServer
from hil.links.server import Memory
from twin.clock import Clock

_BABBLE = 16
"""Characters that a babbling slave says in one go (assumed)."""


class _Sending:
    """Characters of one talker without a pause; `sent` of them have ended."""

    __slots__ = ("data", "end_ns", "sent", "start_ns", "talker", "time")

    def __init__(self, talker: LinePort, data: bytes, start_ns: int, end_ns: int) -> None:
        self.talker, self.data, self.start_ns, self.end_ns = talker, data, start_ns, end_ns
        self.time = talker.time  # which may be set anew before this has ended
        self.sent = 0


class EmulatedLine:
    """A half-duplex two-wire bus in this process, moved by whoever reads from a master's port.

    Characters have a start and an end on the time of `clock` [ns]. Two at once become one that
    means nothing. `noise` is the share of characters whose bits are turned [-], `echo` whether a
    master's adapter hears itself; both may be changed at any time, as may the `disorder` of every
    slave. Counted: `characters` on the wire, `mishaps` by kind; `gaps` before frames.

    `now_ns`, `next_ns`, `at`, `run` and `catch_up` are those of its `Timeline`.
    """

    def __init__(
        self,
        clock: Clock,
        baud: int = 19200,
        parity: str = "E",
        stop_bits: int = 1,
        *,
        name: str = "line",
        seed: int = 1,
    ) -> None:
        self.name = name
        self.time = LineTime(baud, parity, stop_bits)
        self.dice = Dice(seed, name)
        self.gaps = GapLog(self.time.gap_ns)
        self.mishaps: Counter[str] = Counter()
        self.characters = 0
        self.noise = 0.0
        self.echo = False
        self.slaves: dict[str, SlavePort] = {}
        self._parity = parity != "N"
        self._timeline = timeline = Timeline(clock)
        self.now_ns, self.next_ns = timeline.now_ns, timeline.next_ns
        self.at, self.run, self.catch_up = timeline.at, timeline.run, timeline.catch_up
        self._ports: list[LinePort] = []
        self._sendings: list[_Sending] = []
        self._heard_until_ns = self._quiet_since_ns = clock.now_ns() - self.time.gap_ns
        self._stuck = self._babbles = self._babble_due = self._unplugged = False
        self._stranger = LinePort(self, "stranger")
        self.leave(self._stranger)  # it talks and does not listen

    # who stands on the line

    @property
    def plugged(self) -> bool:
        """Whether the masters' adapters are in their sockets."""
        return not self._unplugged

    def master_port(
        self, name: str = "master", latency_ns: int = 0, time: LineTime | None = None
    ) -> LinePort:
        """A new adapter on the line, for a master or for somebody who only listens.

        Its driver hands characters over up to `latency_ns` [ns] late, all that came meanwhile
        together, as the latency timer of an FTDI adapter does (16 ms unless set otherwise). `time`
        is what the adapter is set to, if not to the line's baud rate and parity.

        Raises:
            OSError: it is unplugged, as pyserial says of a device that is not there.
        """
        self.catch_up()
        if self._unplugged:
            raise OSError(errno.ENOENT, "No such file or directory")
        return LinePort(self, name, latency_ns, time)

    def slave_port(self, name: str, turnaround_ns: int = 0) -> SlavePort:
        """Where a slave of this `name` listens; set its `attend`."""
        self.slaves[name] = SlavePort(self, name, turnaround_ns)
        return self.slaves[name]

    def serve(
        self,
        name: str,
        memories: Mapping[int, Memory],
        turnaround_ns: int = 0,
        identity: Mapping[int, bytes] | None = None,
    ) -> RtuServer:
        """One slave with the units of `memories`."""
        port = self.slave_port(name, turnaround_ns)
        server = RtuServer(name, memories, port, identity, self.now_ns)
        port.attend = server.poll
        return server

    def join(self, port: LinePort) -> None:
        """Let `port` hear the line."""
        self._ports.append(port)

    def leave(self, port: LinePort) -> None:
        """Let `port` hear nothing any more."""
        if port in self._ports:
            self._ports.remove(port)

    # talking

    def send(self, talker: LinePort, data: bytes, start_ns: int) -> None:
        """Put `data` on the wire from `start_ns` [ns] on, behind what else `talker` has to send."""
        if not data:
            return
        start_ns = max(start_ns, talker.free_ns)
        talker.free_ns = start_ns + talker.time.duration_ns(len(data))
        oldest_ns = self.now_ns() - self.time.char_ns
        self._sendings = [s for s in self._sendings if s.end_ns > oldest_ns]
        sending = _Sending(talker, data, start_ns, talker.free_ns)
        self._sendings.append(sending)
        self.at(start_ns + talker.time.char_ns, lambda: self._character(sending))

    def intrude(self, data: bytes, start_ns: int) -> None:
        """Put `data` on the wire that nobody here is known to have sent."""
        self._stranger.free_ns = start_ns
        self.send(self._stranger, data, start_ns)

    def _character(self, sending: _Sending) -> None:
        """The next character of `sending` has ended; more with it if nothing can come between."""
        place, size = sending.sent, len(sending.data)
        start_ns = self._end_ns(sending, place)
        if place == 0:
            self.gaps.note(sending.talker.name, start_ns - self._quiet_since_ns)
        others = [s for s in self._sendings if s is not sending and s.end_ns > start_ns]
        alone = not others and not self.noise and not self._stuck
        last = place + 1 if not alone else self._undisturbed(sending)
        if place < size:  # else its adapter was pulled meanwhile
            end_ns = self._end_ns(sending, last)
            self._timeline.go_on(end_ns)
            sending.sent = last
            self.characters += last - place
            self._quiet_since_ns = max(self._quiet_since_ns, end_ns)
            if alone:
                self._heard_until_ns = end_ns
                self._hear(sending, (), sending.data[place:last], end_ns, False)
            else:
                self._disturbed(sending, others, start_ns, end_ns)
        if sending.sent < len(sending.data):
            self.at(self._end_ns(sending, sending.sent + 1), lambda: self._character(sending))
        else:
            for port in self._ports:
                port.over(sending.end_ns)

    def _end_ns(self, sending: _Sending, characters: int) -> int:
        return sending.start_ns + sending.time.duration_ns(characters)

    def _undisturbed(self, sending: _Sending) -> int:
        """How many of its characters have ended before anything else happens."""
        until_ns, next_ns = self._timeline.until_ns, self.next_ns()
        limit_ns = until_ns if next_ns is None else min(until_ns, next_ns)
        ended = sending.time.characters(limit_ns - sending.start_ns)
        return min(max(ended, sending.sent + 1), len(sending.data))

    def _disturbed(
        self, sending: _Sending, others: list[_Sending], start_ns: int, end_ns: int
    ) -> None:
        """One character that is not alone on a good line."""
        if self._stuck:
            self.mishaps["stuck characters"] += 1
            return
        rivals = [other.talker for other in others if other.start_ns < end_ns]
        byte, parity_wrong = sending.data[sending.sent - 1], False
        if rivals:
            self.mishaps["overlapping characters"] += 1
            if start_ns < self._heard_until_ns:
                return  # receivers are still busy with the one that began before
            byte = self.dice.garbage(1)[0]
            parity_wrong = self._parity and self.dice.hits(0.5)
        elif self.dice.hits(self.noise):
            self.mishaps["noisy characters"] += 1
            byte, parity_wrong = self.dice.struck(byte, self._parity)
        self._heard_until_ns = end_ns
        self._hear(sending, rivals, bytes((byte,)), end_ns, parity_wrong)

    def _hear(
        self,
        sending: _Sending,
        rivals: Sequence[LinePort],
        heard: bytes,
        end_ns: int,
        parity_wrong: bool,
    ) -> None:
        for port in self._ports:
            if not port.echoes and (port is sending.talker or port in rivals):
                continue
            understood = port.time.framing == sending.time.framing
            same_baud = port.time.baud == sending.time.baud
            sense = heard if same_baud else self.dice.garbage(len(heard))
            port.hear(sense, end_ns, parity_wrong or not understood)

    # what happens to the whole line

    def babble(self, on: bool) -> None:
        """Let a slave talk without being asked and without a pause, or no longer."""
        self._babbles = on
        if on and not self._babble_due:
            self._go_on_babbling()

    def _go_on_babbling(self) -> None:
        self._babble_due = self._babbles
        if self._babbles:
            self.intrude(self.dice.garbage(_BABBLE), self.now_ns())
            self.at(self._stranger.free_ns, self._go_on_babbling)

    def stick(self, on: bool) -> None:
        """Hold the wires at the dominant level, or let go.

        Receivers take the beginning for one character 0 (a break) and then hear nothing.
        """
        if on and not self._stuck:
            for port in self._ports:
                port.hear(b"\0", self.now_ns(), False)
                port.over(self.now_ns())
        self._stuck = on

    def unplug(self) -> None:
        """Pull the masters' adapters out: what they were sending ends here."""
        self._unplugged = True
        for port in [p for p in self._ports if not isinstance(p, SlavePort)]:
            port.pull()
            self.leave(port)
            for sending in self._sendings:
                if sending.talker is port:
                    sending.data = sending.data[: sending.sent]
                    sending.end_ns = min(sending.end_ns, self.now_ns())

    def replug(self) -> None:
        """Put them back: `master_port` works again."""
        self._unplugged = False
