"""Modbus RTU master: strict, because a serial line has no transaction ids to tell replies apart.

What protects a value: one outstanding request; a reply must match unit, function, length
and CRC; after a silence the line is listened to for as long again, so that a late reply is
swallowed instead of answering the next request; nothing is ever sent twice. A reply later
than that cannot be told from a prompt one, by anybody: choose a time-out above half of the
slowest reply. Source: MODBUS over Serial Line V1.02.
"""

from collections.abc import Callable

from hil.links.line_time import LineTime
from hil.links.link import LinkFault
from hil.links.low_latency import Latency
from hil.links.pdu import MAX_PDU, may_equal_reply, read_request, reply_length
from hil.links.rtu_frame import find_reply, frames, seal
from hil.links.serial_port import Port, open_serial
from twin.clock import NS_PER_S, monotonic_ns
from twin.errors import refuse
from twin.signals import Quality

_REOPEN_PAUSE_NS = NS_PER_S // 2
_TURNAROUND_NS = NS_PER_S // 10


class RtuLink:
    """The master of the line on serial device `path`, which is opened again if it goes.

    Counted: `noise` bytes nobody asked for, `late` answers swallowed, `foreign` frames of
    other units, `misfits` of the asked unit that did not answer the question. `opens` of
    the device. `adapter` says whether its driver holds replies back, once it is open.
    """

    def __init__(
        self,
        name: str,
        path: str,
        baud: int = 19200,
        parity: str = "E",
        stop_bits: int = 1,
        timeout_s: float = 0.3,
        *,
        open_port: Callable[[], Port] | None = None,
        now_ns: Callable[[], int] = monotonic_ns,
    ) -> None:
        """`open_port` opens something else than a serial device; `now_ns` is the time it keeps."""
        self.name = name
        self.noise = self.late = self.foreign = self.misfits = self.opens = 0
        self._path = path
        self._line = LineTime(baud, parity, stop_bits)
        self._timeout_ns = round(timeout_s * NS_PER_S)
        self.adapter: Latency | None = None
        self._open_port = open_port or (
            lambda: open_serial(path, baud, parity, stop_bits, self._note_latency)
        )
        self._now_ns = now_ns
        self._port: Port | None = None
        self._next_open_ns: int | None = None
        self._refusal = ""
        self._busy_until_ns = 0
        self._obeyed_ns: int | None = None  # when all units have done what was broadcast
        self._owes: int | None = None  # the unit that may still answer a request given up
        self._echoes: bool | None = None  # nobody knows before the first reply

    @property
    def reconnects(self) -> int:
        """How often the device was opened after the first time [-]."""
        return max(0, self.opens - 1)

    def transact(self, unit: int, request: bytes) -> bytes:
        """Reply PDU of `unit`; the request goes out once, after a silence of 3.5 characters.

        Raises:
            LinkFault: TIMEOUT, GARBLED or LINK_DOWN.
            BadInput: a unit that no serial line has.
        """
        if not 1 <= unit <= 247:
            raise refuse(f"{self.name}: unit", unit, "must be 1 to 247 on a serial line")
        port = self._port or self._open()
        try:
            if self._echoes is None and may_equal_reply(request):
                # the reply could be our own echo: a question whose reply cannot be tells which
                self._ask(port, unit, read_request("hr", 0, 1))
            return self._ask(port, unit, request)
        except OSError as error:
            raise self._gone(error) from None

    def broadcast(self, request: bytes) -> None:
        """Send `request` to every unit (unit 0), which none answers; then the line is left alone.

        The turnaround delay of 100 ms after it gives the units time to obey before the next
        request. Source: MODBUS over Serial Line V1.02, 2.1 and 2.4.1.

        Raises:
            LinkFault: it could not be sent.
        """
        port = self._port or self._open()
        try:
            frame = seal(0, request)
            self._settle(port)
            port.write(frame)
        except OSError as error:
            raise self._gone(error) from None
        self._busy_until_ns = self._now_ns() + self._line.duration_ns(len(frame))
        self._obeyed_ns = self._busy_until_ns + _TURNAROUND_NS

    def close(self) -> None:
        """Close the device; the next transaction opens it again."""
        if self._port is not None:
            self._port.close()
            self._port = None

    def _gone(self, error: OSError) -> LinkFault:
        self.close()
        self._owes = None
        self._next_open_ns = self._now_ns() + _REOPEN_PAUSE_NS
        self._refusal = f"{self.name}: {self._path} is gone: {error.strerror or error}"
        return LinkFault(Quality.LINK_DOWN, self._refusal)

    def _open(self) -> Port:
        if self._next_open_ns is not None and self._now_ns() < self._next_open_ns:
            raise LinkFault(Quality.LINK_DOWN, self._refusal)
        try:
            self._port = self._open_port()
        except OSError as error:
            self._next_open_ns = self._now_ns() + _REOPEN_PAUSE_NS
            self._refusal = f"{self.name}: cannot open {self._path}: {error.strerror or error}"
            raise LinkFault(Quality.LINK_DOWN, self._refusal) from None
        self.opens += 1
        self._echoes = None
        self._busy_until_ns = self._now_ns()  # how long it has been quiet nobody knows
        return self._port

    def _note_latency(self, latency: Latency) -> None:
        self.adapter = latency

    def _ask(self, port: Port, unit: int, request: bytes) -> bytes:
        frame = seal(unit, request)
        self._settle(port)
        self._owes = unit  # also where a signal ends the waiting
        port.write(frame)
        sent_ns = self._now_ns() + self._line.duration_ns(len(frame))
        self._busy_until_ns = sent_ns
        # the time-out is the device's; what the characters of the longest reply take comes on top
        deadline_ns = sent_ns + self._timeout_ns + self._line.duration_ns(_longest_reply(request))
        stream = b""
        while chunk := port.read(deadline_ns):
            self._busy_until_ns = self._now_ns()
            stream += chunk
            reply = self._find(stream, frame, unit, request, over=False)
            if reply is not None:
                self._owes = None
                return reply
            if len(stream) > 4096:
                break  # somebody babbles
        # noise can look like the beginning of something longer: no more comes, so look past it
        reply = self._find(stream, frame, unit, request, over=True)
        if reply is not None:
            self._owes = None
            return reply
        raise self._no_reply(stream, frame, unit, request)

    def _find(
        self, stream: bytes, frame: bytes, unit: int, request: bytes, *, over: bool
    ) -> bytes | None:
        echo_at = stream.find(frame)
        if echo_at >= 0 and (self._echoes or not may_equal_reply(request)):
            self._echoes = True
            stream = stream[echo_at + len(frame) :]
        hunt = find_reply(stream, unit, request, over=over)
        if hunt.reply is not None:
            self.foreign += hunt.foreign
            self.misfits += hunt.misfits
            if echo_at < 0:
                self._echoes = False
        return hunt.reply

    def _settle(self, port: Port) -> None:
        """Swallow what a given-up request may still bring, then wait for 3.5 quiet characters."""
        now_ns = self._now_ns()
        give_up_ns = now_ns + 2 * self._timeout_ns
        if self._owes is not None:
            self._swallow_late(port, self._owes, now_ns + self._timeout_ns)
            self._owes = None
        while chunk := port.read(self._quiet_until_ns()):
            self.noise += len(chunk)
            self._busy_until_ns = self._now_ns()
            if self._busy_until_ns > give_up_ns:
                raise LinkFault(Quality.GARBLED, f"{self.name}: the line is never quiet")

    def _quiet_until_ns(self) -> int:
        quiet_ns = self._busy_until_ns + self._line.gap_ns
        return quiet_ns if self._obeyed_ns is None else max(quiet_ns, self._obeyed_ns)

    def _swallow_late(self, port: Port, unit: int, until_ns: int) -> None:
        stream = b""
        while chunk := port.read(until_ns):
            self._busy_until_ns = self._now_ns()
            stream = (stream + chunk)[-4096:]
            if any(frame.unit == unit for frame in frames(stream, (reply_length,), over=True)):
                self.late += 1
                return
            if self._busy_until_ns > until_ns:
                break
        self.noise += len(stream)

    def _no_reply(self, stream: bytes, frame: bytes, unit: int, request: bytes) -> LinkFault:
        rest = stream.replace(frame, b"", 1)
        hunt = find_reply(rest, unit, request, over=True)
        self.foreign += hunt.foreign
        self.misfits += hunt.misfits
        if rest and not hunt.foreign:
            found = rest[:16].hex(" ") + (" ..." if len(rest) > 16 else "")
            return LinkFault(
                Quality.GARBLED, f"{self.name}: unit {unit}: {found} is no answer to {request[0]}"
            )
        after_ms = self._timeout_ns // 1_000_000
        return LinkFault(
            Quality.TIMEOUT, f"{self.name}: unit {unit} did not answer within {after_ms} ms"
        )


def _longest_reply(request: bytes) -> int:
    """Characters of the longest frame that can answer `request`."""
    match request[0]:
        case 1 | 2:
            return 5 + ((request[3] << 8 | request[4]) + 7) // 8
        case 3 | 4 | 23:
            return 5 + 2 * (request[3] << 8 | request[4])
        case 5 | 6 | 15 | 16:
            return 8
        case 22:
            return 10
        case _:
            return MAX_PDU + 3
