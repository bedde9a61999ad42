"""A unit on a link: blocks read with a quality, permits written once, statistics kept."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Final, NamedTuple

from hil.links import pdu
from hil.links.breaker import Breaker, after_silence
from hil.links.latency import LatencyHistogram
from hil.links.link import Link, LinkFault, quality_of
from hil.links.permit import Permit
from twin.clock import monotonic_ns
from twin.errors import BadInput
from twin.registers import Block
from twin.signals import Quality


class Missed(NamedTuple):
    """Why a read brought nothing; `refusal` is the Modbus exception, 0 where it was none."""

    quality: Quality
    why: str
    t_ns: int
    refusal: int = 0


class BlockReading(NamedTuple):
    """Values of a block, or None and why: `quality` says it to programs, `why` to people.

    A value is None in a GOOD block where the device itself has none (Quality.NO_VALUE).
    """

    values: Sequence[float | None] | None
    quality: Quality
    why: str
    t_ns: int


_GOOD: Final = Quality.GOOD
_reading: Callable[[tuple[object, ...]], BlockReading] = partial(tuple.__new__, BlockReading)
"""`BlockReading` without its own constructor, which is Python code and takes twice as long."""


class Identification(NamedTuple):
    """Who a device says it is: texts by object id, or None and why, as in a `BlockReading`.

    0 vendor, 1 product code, 2 revision, 3 vendor's page, 4 product, 5 model, 6 application; from
    128 on what the vendor likes.
    """

    objects: Mapping[int, str] | None
    quality: Quality
    why: str


class WriteOutcome(NamedTuple):
    """GOOD: the device confirmed. TIMEOUT, GARBLED, LINK_DOWN: it may or may not have written.

    NOT_YET: sent to every unit of a line, which none confirms; reading them shows who obeyed.
    """

    quality: Quality
    why: str


_CONFIRMED = WriteOutcome(Quality.GOOD, "")
_WRITES = frozenset({5, 6, 15, 16, 22})


class Device:
    """A handle on `unit` of `link`; it never raises because of what a line or a device does.

    Counted of `errors`: `timeouts` and `garbled` answers; `openings`, how often the unit was set
    aside because it gave no answer, and requests that were `skipped` meanwhile.
    """

    def __init__(
        self, name: str, link: Link, unit: int, now_ns: Callable[[], int] = monotonic_ns
    ) -> None:
        self.name = name
        self.link = link
        self.unit = unit
        self.transactions = 0
        self.errors = 0
        self.timeouts = self.garbled = self.openings = self.skipped = 0
        self.last_error = ""
        self.answered_ns = 0
        """When the last read was answered [ns]."""
        self.latency = LatencyHistogram()
        self._now_ns = now_ns
        self._breaker = Breaker()
        self._reads: dict[Block, bytes] = {}

    def now_ns(self) -> int:
        """Time on the clock that readings are stamped with [ns]."""
        return self._now_ns()

    def read(self, block: Block) -> BlockReading:
        """Values of `block`; while the unit is set aside, TIMEOUT at once and without traffic."""
        request = self._reads.get(block)
        if request is None:
            request = pdu.read_request(block.table, block.address, block.count)
            self._reads[block] = request
        got = self._payload(request)
        if isinstance(got, bytes):
            return _reading((block.decode(got), _GOOD, "", self.answered_ns))
        return BlockReading(None, got.quality, got.why, got.t_ns)

    def fetch(self, request: bytes) -> bytes | Missed:
        """Registers (big-endian) or packed bits that a read `request` asks for.

        They were there at `answered_ns`. While the unit is set aside, nothing is sent.
        """
        return self._payload(pdu.only_read(request))

    def _payload(self, request: bytes) -> bytes | Missed:
        now_ns = self._now_ns  # what an object was given is found faster than called in one step
        started_ns = now_ns()
        if started_ns < self._breaker.aside_until_ns:
            self.skipped += 1
            return Missed(Quality.TIMEOUT, self._aside(), started_ns)
        try:
            reply = self.link.transact(self.unit, request)
            payload = pdu.check_read_reply(request, reply)
        except (LinkFault, pdu.ModbusException, pdu.BadReply) as fault:
            quality, why = self._failed(fault, started_ns, f"read {_asked(request)}")
            refusal = fault.code if isinstance(fault, pdu.ModbusException) else 0
            return Missed(quality, why, self._now_ns(), refusal)
        self.answered_ns = self._succeeded(started_ns)
        return payload

    def identify(self, code: int = 1) -> Identification:
        """Ask who it is (function 43/14): `code` 1 basic, 2 regular, 3 all objects, in turns."""
        objects: dict[int, str] = {}
        start: int | None = 0
        while start is not None:
            started_ns = self._now_ns()
            if started_ns < self._breaker.aside_until_ns:
                self.skipped += 1
                return Identification(None, Quality.TIMEOUT, self._aside())
            request = pdu.identification_request(code, start)
            try:
                reply = self.link.transact(self.unit, request)
                found, following = pdu.check_identification_reply(request, reply)
                if following is not None and not start < following <= 0xFF:
                    raise pdu.BadReply(f"objects that go on at {following} after {start}")
            except (LinkFault, pdu.ModbusException, pdu.BadReply) as fault:
                return Identification(None, *self._failed(fault, started_ns, "identify"))
            self._succeeded(started_ns)
            objects |= {key: text.decode("utf-8", "replace") for key, text in found.items()}
            start = following
        return Identification(objects, Quality.GOOD, "")

    def write(self, permit: Permit) -> WriteOutcome:
        """Write what `permit` carries, once: neither a silence nor a refusal is retried.

        Raises:
            BadInput: the permit is for another device, was used before, or its lease is over.
        """
        self._check(permit)
        started_ns = self._now_ns()
        if started_ns < self._breaker.aside_until_ns:
            self.skipped += 1
            return WriteOutcome(Quality.TIMEOUT, self._aside())
        permit.spent = True
        try:
            reply = self.link.transact(self.unit, permit.request)
            pdu.check_write_reply(permit.request, reply)
        except (LinkFault, pdu.ModbusException, pdu.BadReply) as fault:
            if isinstance(fault, pdu.ModbusException) and fault.code == 5:
                self._succeeded(started_ns)  # accepted, and the device needs longer for it
                return WriteOutcome(Quality.GOOD, str(fault))
            return WriteOutcome(*self._failed(fault, started_ns, f"write {_place(permit.block)}"))
        self._succeeded(started_ns)
        return _CONFIRMED

    def broadcast(self, permit: Permit) -> WriteOutcome:
        """Send what `permit` carries to every unit of the line, once; for a handle of unit 0.

        Nobody answers, so the outcome is NOT_YET at best; the line is left alone for the
        turnaround delay.

        Raises:
            BadInput: the permit is void, or this is the handle of one unit.
        """
        if self.unit != 0:
            raise BadInput(f"{self.name}: unit {self.unit} is one unit, a broadcast is to unit 0")
        self._check(permit)
        started_ns = self._now_ns()
        permit.spent = True
        try:
            self.link.broadcast(permit.request)
        except LinkFault as fault:
            what = f"broadcast {_place(permit.block)}"
            return WriteOutcome(*self._failed(fault, started_ns, what))
        self.transactions += 1
        return WriteOutcome(Quality.NOT_YET, f"{self.name}: sent to every unit, none confirms")

    def _check(self, permit: Permit) -> None:
        if permit.device != self.name or permit.spent or not permit.lease.holds():
            raise BadInput(f"{self.name}: {_invalid(permit)}")
        if permit.request[0] not in _WRITES:
            raise BadInput(f"{self.name}: this write permit is for function {permit.request[0]}")

    def _succeeded(self, started_ns: int) -> int:
        now_ns = self._now_ns
        ended_ns = now_ns()
        self.transactions += 1
        self.latency.add(ended_ns - started_ns)
        if self._breaker.silences:
            self._breaker = Breaker()
        return ended_ns

    def _failed(self, fault: Exception, started_ns: int, what: str) -> tuple[Quality, str]:
        quality = quality_of(fault)
        now_ns = self._now_ns()
        self.transactions += 1
        self.errors += 1
        if quality in (Quality.TIMEOUT, Quality.GARBLED):  # garbage costs as much as silence
            self.timeouts += quality is Quality.TIMEOUT
            self.garbled += quality is Quality.GARBLED
            before, self._breaker = self._breaker, after_silence(self._breaker, now_ns)
            self.openings += bool(self._breaker.aside_until_ns) and not before.aside_until_ns
        elif quality is not Quality.LINK_DOWN:  # it answered, if only to refuse
            self._breaker = Breaker()
            self.latency.add(now_ns - started_ns)
        self.last_error = f"{self.name}: {what}: {fault}"
        return quality, self.last_error

    def _aside(self) -> str:
        return f"{self.name}: set aside after {self._breaker.silences} times without an answer"


def _invalid(permit: Permit) -> str:
    if permit.spent:
        return "this write permit was used already"
    return f"this write permit is void (for {permit.device!r}; disarmed, expired or misplaced)"


def _place(block: Block) -> str:
    return _span(block.table, block.address, block.count)


def _asked(request: bytes) -> str:
    table = pdu.READ_TABLE[request[0]]
    return _span(table, request[1] << 8 | request[2], request[3] << 8 | request[4])


def _span(table: str, first: int, count: int) -> str:
    return f"{table} {first}" if count == 1 else f"{table} {first}..{first + count - 1}"
