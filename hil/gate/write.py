"""One write to a live plant, from looking before to looking after.

rate → value before → expected → limits → ramp → audit → journal → write → read back → audit.
Whatever is refused is refused before anything is sent; whatever is sent and then not seen to
be there is put back.
"""

from collections.abc import Sequence
from math import isfinite
from typing import Any, NamedTuple

from hil.gate.compare import differs, unexpected
from hil.gate.gate import WriteGate, WriteRefused
from hil.gate.journal import Entry
from hil.gate.ledger import Ledger, NotPutBack, what
from hil.gate.pace import Pace
from hil.gate.raw import read_payload
from hil.gate.requests import payload_of
from hil.gate.targets import Target
from hil.links.device import Device
from hil.links.permit import Permit
from twin.clock import NS_PER_S, Clock
from twin.errors import BadInput, JudgementFailed
from twin.signals import Quality

SETTLE_S = 1.0
"""How long a device may take to show what was written [s]; assumed."""
_LOOK_AGAIN_NS = NS_PER_S // 10

Values = Sequence[float | None]


class WriteFailed(JudgementFailed):
    """A write that was sent and is not seen to be there; the value before was put back."""

    before: Values | None = None
    """What went back [point.unit]: the device may show something else for a while."""


class Written(NamedTuple):
    """A write that is confirmed: values before and after [point.unit], None where unreadable."""

    before: Values | None
    after: Values | None
    why: str


class Writer:
    """Writes blocks of live devices by permits of `gate`."""

    def __init__(
        self, gate: WriteGate, pace: Pace, ledger: Ledger, clock: Clock, settle_s: float
    ) -> None:
        self._gate = gate
        self._pace = pace
        self._ledger = ledger
        self._clock = clock
        self._settle_ns = round(settle_s * NS_PER_S)

    def write(
        self, target: Target, values: Sequence[float], expect: Values | None,
        tolerance: float | None,
    ) -> Written:  # fmt: skip
        """Write `values` [point.unit] once; `expect` and `tolerance` [point.unit] as `LiveGate`.

        Raises:
            WriteRefused: nothing was sent.
            WriteFailed: it was sent and is not there; the value before is back.
            NotPutBack: nor is that; the journal keeps it.
        """
        block, said = target.block, {"wanted": [v if isfinite(v) else None for v in values]}
        self._in_time(target, said)
        before = self._before(target, said, expect, tolerance)
        permit, payload = self._checked(target, values, before, said)
        entry = target.entry(before, self._gate.reason)
        self._on_disk(entry, target.device, said)
        try:
            outcome = target.device.write(permit)
        except BadInput as error:  # the time to live has ended since
            raise self.refuse(target, f"nothing was sent: {error}", said) from None
        self._pace.note(target.device.name, block, self._clock.now_ns())
        why = "" if outcome.quality is Quality.GOOD else outcome.why
        found: bytes | None = None
        if not why and target.readable:
            found, why = self._read_back(target, payload)
        after = None if found is None else block.decode(found)
        unsaid = self._ledger.note(
            "failed" if why else "confirmed", **what(entry), **said, after=after, why=why
        )
        if why or unsaid:
            refused = outcome.quality is Quality.REFUSED
            self._fail(entry, why or unsaid, unseen=bool(why) and not refused)
        return Written(block.decode(before) if target.readable else None, after, outcome.why)

    def values(self, target: Target) -> Values:
        """What `target` holds now [point.unit].

        Raises:
            WriteRefused: nobody knows.
        """
        if not target.readable:
            return [None] * len(target.block.points)
        return target.block.decode(self._before(target, {}, None, None))

    def refuse(self, target: Target, why: str, said: dict[str, Any]) -> WriteRefused:
        """The refusal for `why`, after it was put into the audit log."""
        sentence = why if why.startswith(target.device.name) else f"{target.device.name}: {why}"
        unsaid = self._ledger.note(
            "refused", device=target.device.name, address=target.address,
            unit=target.device.unit, points=list(target.block.names), **said, why=why,
        )  # fmt: skip
        return WriteRefused(f"{sentence}; {unsaid}" if unsaid else sentence)

    def _in_time(self, target: Target, said: dict[str, Any]) -> None:
        wait_ns = self._pace.ready_ns(target.device.name, target.block) - self._clock.now_ns()
        if wait_ns > 0:
            names = ", ".join(target.block.names)
            why = f"{names}: written too often, wait {wait_ns / NS_PER_S:.2f} s"
            raise self.refuse(target, why, said)

    def _before(
        self, target: Target, said: dict[str, Any], expect: Values | None, tolerance: float | None
    ) -> bytes:
        """What the registers hold, or the safe value of those that do not tell."""
        if target.safe is not None:
            if expect is not None:
                raise self.refuse(target, "what cannot be read cannot be expected", said)
            return target.safe
        before, why = read_payload(target.device, target.block)
        if before is None:
            raise self.refuse(target, f"the value before is not known: {why}", said)
        said["found"] = found = target.block.decode(before)
        if None in found:
            name = target.block.names[found.index(None)]
            raise self.refuse(target, f"{name} has no value that could be put back", said)
        if expect is not None:
            why = unexpected(target.block, expect, before, tolerance)
            if why:
                raise self.refuse(target, why, said)
        return before

    def _checked(
        self, target: Target, values: Sequence[float], before: bytes, said: dict[str, Any]
    ) -> tuple[Permit, bytes]:
        device, block = target.device, target.block
        try:
            permit = self._gate.permit(device, block, values)
        except WriteRefused as error:
            raise self.refuse(target, str(error), said) from None
        payload = payload_of(block, values)
        known = block.decode(before) if target.readable else [None] * len(block.points)
        steep = self._pace.too_steep(
            device.name, block, known, block.decode(payload), self._clock.now_ns()
        )
        if steep:
            raise self.refuse(target, steep, said)
        return permit, payload

    def _on_disk(self, entry: Entry, device: Device, said: dict[str, Any]) -> None:
        """Audit log and journal, before anything is sent."""
        try:
            self._ledger.audit.add("write", **what(entry), **said, reason=entry.reason)
            self._ledger.hold(entry, device)
        except OSError as error:
            why = f"nothing was sent, the disk does not take it: {error.strerror or error}"
            self._ledger.note("refused", **what(entry), **said, why=why)
            raise WriteRefused(f"{device.name}: {why}") from None

    def _read_back(self, target: Target, payload: bytes) -> tuple[bytes | None, str]:
        """What the registers show, and why that is not what was written, if it is not."""
        until_ns = self._clock.now_ns() + self._settle_ns
        while True:
            found, why = read_payload(target.device, target.block)
            if found is not None and not (why := differs(target.block, payload, found)):
                return found, ""
            if self._clock.now_ns() >= until_ns:
                return found, f"read back: {why}"
            self._clock.wait_until(min(until_ns, self._clock.now_ns() + _LOOK_AGAIN_NS))

    def _fail(self, entry: Entry, why: str, *, unseen: bool) -> None:
        first = self._ledger.first(entry)
        failed = f"{entry.device}: {', '.join(entry.block.names)} is not confirmed: {why}"
        try:
            self._ledger.put_back(f"not confirmed: {why}", only=entry, unseen=unseen)
        except NotPutBack as error:
            raise NotPutBack(f"{failed}\n{error}") from None
        failure = WriteFailed(f"{failed}; the values before were put back")
        failure.before = first.block.decode(first.before) if first.readable else None
        raise failure
