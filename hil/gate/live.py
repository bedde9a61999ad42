"""The write gate before a live plant: everything DESIGN asks for, from phrase to putting back.

with LiveGate(folder, "mantsala.hp1") as gate:
gate.recover(open_device)                 # what an earlier session left behind
gate.admit(device, block, "tcp://10.0.0.7")
gate.arm("mantsala.hp1", "point test 17", ttl_s=600)
gate.write(device, block, [55.0], expect=[50.0])
gate.hold()                               # until the time to live is over
# every value is back, however the block was left
"""

import atexit
import threading
from collections.abc import Callable, Sequence
from math import nan
from pathlib import Path
from types import TracebackType

from hil.gate.deadman import Deadman
from hil.gate.feed import Feed
from hil.gate.files import FolderLock, make_folder
from hil.gate.gate import WriteGate, WriteRefused
from hil.gate.journal import Entry
from hil.gate.ledger import Ledger, NotPutBack
from hil.gate.pace import WRITES_PER_S, Pace, next_step
from hil.gate.remarks import Remarks
from hil.gate.requests import payload_of
from hil.gate.restore import PATIENCE_S
from hil.gate.signals import Signals
from hil.gate.targets import Target, Targets
from hil.gate.write import SETTLE_S, Values, Writer, Written
from hil.links.device import BlockReading, Device
from hil.links.lasting import lasting
from twin.clock import NS_PER_S, BootClock, Clock
from twin.errors import BadInput, refuse
from twin.registers import BadValue, Block

LONGEST_TTL_S = 86_400.0
"""Longest time to live [s]; assumed: whoever needs more is there again the next day."""


class LiveGate:
    """Writes to devices of `plant`, whose name is the phrase; for `with`, in the main thread.

    `folder` keeps journal and audit log, for one gate at a time. The owner calls `feed` (every
    other method does) at least every `heartbeat_s` [s]; when it no longer does, or the time to
    live is over, a thread puts everything back. `settle_s` [s] is for a device to show what was
    written, `patience_s` [s] for one that is away when its value goes back. `say` tells the
    user. With `watched` False nobody looks but `look`, for clocks that are not the machine's.
    """

    def __init__(
        self,
        folder: Path,
        plant: str,
        *,
        say: Callable[[str], None] = lambda text: None,
        heartbeat_s: float = 10.0,
        writes_per_s: float = WRITES_PER_S,
        settle_s: float = SETTLE_S,
        patience_s: float = PATIENCE_S,
        clock: Clock | None = None,
        watched: bool = True,
    ) -> None:
        self.plant = plant
        self.ended = ""
        """Why the gate was locked by itself; empty while it was not."""
        self._folder, self._say, self._watched = folder, Remarks(say), watched
        self._clock = clock or BootClock()
        self._feed = Feed(self._clock, heartbeat_s)
        self._pace = Pace(writes_per_s)
        self._settle_s, self._patience_s = settle_s, patience_s
        self._gate = WriteGate(now_ns=self._clock.now_ns)
        self._targets = Targets(self._gate)
        self._signals = Signals()
        self._busy = threading.RLock()
        self._deadman: Deadman | None = None
        self._failure: NotPutBack | None = None

    def __enter__(self) -> "LiveGate":
        try:
            make_folder(self._folder)
            self._lock = FolderLock(self._folder)
        except OSError as error:
            raise BadInput(f"{self._folder}: {error.strerror or error}") from None
        try:
            self._ledger = Ledger(self._folder, self._clock, self._patience_s, self._say)
        except OSError as error:
            self._lock.close()
            raise BadInput(f"{self._folder}: {error.strerror or error}") from None
        except BaseException:
            self._lock.close()
            raise
        self._writer = Writer(self._gate, self._pace, self._ledger, self._clock, self._settle_s)
        # a signal on the very way to __exit__ skips it: then the end of the program is the end
        atexit.register(self.disarm, "the end of the program")
        self._signals.take()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._signals.end()
        try:
            self.disarm("the end" if error is None else f"{type(error).__name__}: {error}")
        finally:
            atexit.unregister(self.disarm)
            if self._deadman is not None:
                self._deadman.stop()
            self._ledger.close()
            self._lock.close()
            self._say.close()
            self._signals.give_back()

    @property
    def phrase(self) -> str:
        """What to type to arm the gate."""
        return self.plant

    @property
    def armed(self) -> bool:
        """Whether something could be written now."""
        return self._gate.armed

    @property
    def leftovers(self) -> list[Entry]:
        """Values that an earlier session did not put back."""
        return list(self._ledger.leftovers.values())

    def recover(self, open_device: Callable[[Entry], Device]) -> None:
        """Put leftovers back, on devices that `open_device` gives (by `address` and `unit`).

        Raises:
            NotPutBack: some are not back; they stay in the journal, and the gate locked.
        """
        with self._busy, self._signals.shielded():
            for entry in self.leftovers:
                self._say(f"left by an earlier session ({entry.reason}, {entry.since}): {entry}")
            self._ledger.recover(open_device)

    def give_up(self, phrase: str, reason: str) -> None:
        """Forget leftovers that can never be put back, as when their device is no more.

        Raises:
            WriteRefused: another phrase than the plant's name; the leftovers stay.
            BadInput: no reason.
        """
        with self._busy, self._signals.shielded():
            try:
                self._must_be_meant(phrase, reason)
            except BadInput as error:
                self._ledger.note("refused", plant=self.plant, reason=reason, why=str(error))
                raise
            self._ledger.give_up(reason)

    def admit(
        self,
        device: Device,
        block: Block,
        address: str,
        *,
        single: bool = False,
        safe: Sequence[float] | None = None,
    ) -> None:
        """Put `block` on the allow-list of `device`; `address` says how to reach it next time.

        A relative path in it is of the present working directory, and is written down absolute.
        `safe` [point.unit] is what points that cannot be read get instead of their value before;
        `single` writes by functions 6 and 5.

        Raises:
            BadInput: read-only, without limits, unreadable without a safe value, or that beyond
                its limits.
        """
        self._targets.admit(device, block, lasting(address), single, safe)

    def arm(self, phrase: str, reason: str, ttl_s: float) -> None:
        """Open the gate for `ttl_s` [s] because of `reason`; what was written before goes back.

        Raises:
            WriteRefused: another phrase than the plant's name, or leftovers of a session before.
            BadInput: no reason, or no time to live that ends within a day.
        """
        with self._busy, self._signals.shielded():
            try:
                self._may_arm(phrase, reason, ttl_s)
                self.disarm("armed anew")
                self._gate.arm(reason, ttl_s)
                self._ledger.audit.add("armed", plant=self.plant, reason=reason, ttl_s=ttl_s)
            except OSError as error:
                self._gate.disarm()
                raise WriteRefused(f"{self._folder}: {error.strerror or error}") from None
            except BadInput as error:
                self._gate.disarm()
                self._ledger.note("refused", plant=self.plant, reason=reason, why=str(error))
                raise
            self.ended = ""
            self._feed.begin(ttl_s)
            if self._watched and self._deadman is None:
                self._deadman = Deadman(self.look)

    def read(self, device: Device, block: Block) -> BlockReading:
        """Read `block` on a link that is armed, where a link has one user at a time."""
        with self._busy, self._signals.shielded():
            self.feed()
            return device.read(block)

    def feed(self) -> None:
        """The owner is alive; one that was silent for too long is no longer, though it wakes."""
        if not (self._watched and self._feed.running and self._feed.over()):
            self._feed.beat()

    def write(
        self,
        device: Device,
        block: Block,
        values: Sequence[float],
        *,
        expect: Values | None = None,
        tolerance: float | None = None,
    ) -> Written:
        """Write `values` [point.unit] to an admitted `block`, if it holds `expect` (None: any).

        Raises:
            WriteRefused: nothing was sent.
            WriteFailed: it was sent and is not there; the value before is back.
            NotPutBack: nor is that.
        """
        with self._busy, self._signals.shielded():
            self.look()
            self.feed()
            target = self._target(device, block)
            if self.ended:
                raise self._writer.refuse(target, f"the gate is locked: {self.ended}", {})
            try:
                return self._writer.write(target, values, expect, tolerance)
            finally:
                self.feed()

    def ramp_to(
        self,
        device: Device,
        block: Block,
        values: Sequence[float],
        *,
        expect: Values | None = None,
        tolerance: float | None = None,
    ) -> Written:
        """Like `write`, in as many steps as the ramps of the map need.

        Raises:
            WriteRefused, WriteFailed, NotPutBack: as `write`, from any of the steps.
        """
        with self._busy, self._signals.shielded():
            target = self._target(device, block)
            try:
                goal = target.block.decode(payload_of(target.block, values))
            except BadValue:
                return self.write(device, block, values)  # which refuses it, and logs that
            now = first = self._writer.values(target)
        while True:
            step, lasts_s = next_step(target.block, now, goal)
            is_last = step == goal
            numbers = list(values) if is_last else [nan if v is None else v for v in step]
            written = self.write(device, block, numbers, expect=expect, tolerance=tolerance)
            if is_last or written.after is None:
                return Written(first, written.after, written.why)
            now, expect = written.after, None
            self.pause(max(lasts_s, self._pace.pause_s))

    def pause(self, seconds: float) -> None:
        """Wait [s] while the gate is looked after, fed and interruptible."""
        until_ns = self._clock.now_ns() + round(seconds * NS_PER_S)
        while self._clock.now_ns() < until_ns:
            self.feed()
            self._clock.wait_until(min(until_ns, self._clock.now_ns() + NS_PER_S // 5))

    def hold(self, seconds: float | None = None, feeder: int | None = None) -> str:
        """Keep what was written for `seconds` [s] or to the end; why the gate locked, if it did.

        `feeder` is a file descriptor of whoever looks after this process: every byte is a
        heartbeat, its end or silence for `heartbeat_s` is the end. Without, the caller is alive
        as long as it is here.
        """
        until_ns = self._feed.until_ns
        if seconds is not None:
            until_ns = min(until_ns, self._clock.now_ns() + round(seconds * NS_PER_S))
        while self.armed and not self.ended and self._clock.now_ns() < until_ns:
            if feeder is None:
                self.feed()
                self._clock.wait_until(min(until_ns, self._clock.now_ns() + NS_PER_S // 5))
            elif not self._feed.listen(feeder, until_ns):
                self._end("the heartbeat's sender is gone")
            self.look()
        self.look()
        return self.ended

    def look(self) -> float:
        """Put everything back if it is time to; when to look again at the latest [s].

        What could not be put back is raised by `disarm`.
        """
        with self._busy:
            if not self._feed.running:
                return 1.0
            if why := self._feed.over():
                self._end(why)
                return 1.0
            return self._feed.left_s()

    def disarm(self, why: str = "disarmed") -> None:
        """Lock the gate and put everything back.

        Raises:
            NotPutBack: some of it is not back; the journal keeps it for the next start.
        """
        with self._busy, self._signals.shielded():
            was_armed = self._feed.running
            self._feed.end()
            self._gate.disarm()
            failure, self._failure = self._failure, None
            try:
                if len(self._ledger):
                    self._ledger.put_back(why)
                    failure = None
            finally:
                if was_armed:
                    self._ledger.note("disarmed", plant=self.plant, why=why)
            if failure is not None:
                raise failure

    def _end(self, why: str) -> None:
        self.ended = why
        self._say(f"the gate locks: {why}")
        try:
            self.disarm(why)
        except NotPutBack as error:  # whoever ends the session hears it
            self._failure = error
            self._say(str(error))

    def _must_be_meant(self, phrase: str, reason: str) -> None:
        if phrase.strip() != self.phrase:
            raise WriteRefused(f"arm: phrase = {phrase!r}: type {self.phrase!r} to arm the gate")
        if not reason.strip():
            raise refuse("arm: reason", reason, "say why the plant is written to")

    def _may_arm(self, phrase: str, reason: str, ttl_s: float) -> None:
        if leftovers := self.leftovers:
            what = "\n  ".join(map(str, leftovers))
            rule = "put back what an earlier session left behind first"
            raise WriteRefused(f"{self.plant}: {rule}:\n  {what}")
        self._must_be_meant(phrase, reason)
        if not 0 < ttl_s <= LONGEST_TTL_S:
            raise refuse("arm: ttl", ttl_s, f"must be > 0 s and at most {LONGEST_TTL_S:g} s")

    def _target(self, device: Device, block: Block) -> Target:
        target = self._targets.find(device, block)
        if target is None:
            nowhere = Target(device, block, "")
            raise self._writer.refuse(nowhere, f"{block!r} is not on the allow-list", {})
        return target
