"""What is held in devices at the moment, in memory and on disk, and its way back."""

import contextlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from hil.gate.audit import AuditLog
from hil.gate.journal import Entry, Journal
from hil.gate.restore import Restored, put_back
from hil.links.device import Device
from twin.clock import Clock
from twin.errors import BadInput, HukkaError, LinkLost


class NotPutBack(LinkLost):
    """Values that could not be put back; the journal keeps them for the next start."""


class Ledger:
    """Journal, audit log and the values that are held; `say` tells the user what goes on.

    `leftovers` are values of an earlier session that did not put them back.

    Raises:
        BadInput: the journal is damaged.
    """

    def __init__(
        self, folder: Path, clock: Clock, patience_s: float, say: Callable[[str], None]
    ) -> None:
        self._clock = clock
        self._patience_s = patience_s
        self._say = say
        self._held: dict[int, tuple[Entry, Device]] = {}
        self.audit = AuditLog(folder)
        self.journal = Journal(folder)
        try:
            self.leftovers = self.journal.read()
        except HukkaError as error:
            self.note("journal damaged", why=str(error))
            self.audit.close()
            raise

    def __len__(self) -> int:
        return len(self._held)

    def note(self, event: str, **fields: Any) -> str:  # noqa: ANN401
        """Add to the audit log what has happened anyway; why that was not possible, if so."""
        try:
            self.audit.add(event, **fields)
        except OSError as error:
            return f"the audit log cannot be written: {error.strerror or error}"
        return ""

    def hold(self, entry: Entry, device: Device) -> None:
        """Journal `entry`, unless the same registers are held already; OSError if disk is full."""
        if any(place(held) == place(entry) for held, _ in self._held.values()):
            return
        self._held[self.journal.hold(entry)] = (entry, device)

    def first(self, entry: Entry) -> Entry:
        """What is held for the registers of `entry`, as they were before the first write."""
        return next((h for h, _ in self._held.values() if place(h) == place(entry)), entry)

    def put_back(self, why: str, only: Entry | None = None, *, unseen: bool = False) -> None:
        """Put everything that is held back, latest first; or `only` the registers of one entry.

        `unseen`: what was sent to them last was not seen to be there, and may come yet.

        What somebody wrote later to some of the same registers remembers what was there in between:
        then it stays held, to be put back once more behind that.

        Raises:
            NotPutBack: some of it is not back; it stays held, and in the journal.
        """
        failed: list[str] = []
        for number in sorted(self._held, reverse=True):
            entry, device = self._held[number]
            if only is not None and place(entry) != place(only):
                continue
            if problem := self._one_back(entry, device, why, unseen=unseen):
                failed.append(problem)
            elif not _written_over(number, {k: held for k, (held, _) in self._held.items()}):
                self._is_back(number)
                del self._held[number]
        self._close_journal(failed)

    def recover(self, open_device: Callable[[Entry], Device]) -> None:
        """Put the leftovers of an earlier session back, on devices that `open_device` gives.

        Raises:
            NotPutBack: some are not back; they stay in the journal.
        """
        failed: list[str] = []
        for number in sorted(self.leftovers, reverse=True):
            entry = self.leftovers[number]
            try:
                device = open_device(entry)
                problem = self._one_back(entry, device, "the next start", unseen=True)
            except HukkaError as error:  # there is no way to its device
                self.note("not put back", **what(entry), why=str(error))
                problem = f"{entry}: {error}"
            if problem:
                failed.append(problem)
            elif not _written_over(number, self.leftovers):
                self._is_back(number)
                del self.leftovers[number]
        self._close_journal(failed)

    def give_up(self, reason: str) -> None:
        """Forget the leftovers; BadInput, and they stay, if that cannot be written down."""
        for number in sorted(self.leftovers, reverse=True):
            entry = self.leftovers[number]
            if unsaid := self.note("given up", **what(entry), why=reason):
                raise BadInput(unsaid)
            del self.leftovers[number]
        self._close_journal([])

    def close(self) -> None:
        """Give the files back; what is not put back stays in the journal."""
        self.journal.close()
        self.audit.close()

    def _one_back(self, entry: Entry, device: Device, why: str, *, unseen: bool) -> str:
        """Put one entry back and say so on disk; why that failed, if it did."""
        try:
            back = put_back(entry, device, self._clock, self._say, self._patience_s, unseen=unseen)
        except Exception as error:  # a defect must not keep the others from being put back
            back = Restored(False, None, f"{type(error).__name__}: {error}")
        found = None if back.found is None else entry.block.decode(back.found)
        if not back.done:
            self.note("not put back", **what(entry), found=found, why=back.why)
            return f"{entry}: {back.why}"
        unsaid = self.note("put back", **what(entry), found=found, why=why)
        if unsaid:
            self._say(f"{entry} is back, but {unsaid}")
        return ""

    def _is_back(self, number: int) -> None:
        with contextlib.suppress(OSError):  # it would be put back once more, which does no harm
            self.journal.done(number)

    def _close_journal(self, failed: list[str]) -> None:
        if not failed and not self._held and not self.leftovers:
            try:
                self.journal.clear()
            except OSError as error:  # its lines say that all is back
                self._say(f"{self.journal.path} stays: {error.strerror or error}")
        if failed:
            lines = "\n  ".join(failed)
            raise NotPutBack(
                f"not put back, and kept in {self.journal.path} for the next start:\n  {lines}"
            )


def place(entry: Entry) -> tuple[object, ...]:
    """Which registers or bits of which device `entry` is for."""
    block = entry.block
    return entry.device, entry.address, entry.unit, block.table, block.address, block.names


def _written_over(number: int, entries: Mapping[int, Entry]) -> bool:
    """Whether a later one of `entries` has some of the registers of entry `number`."""
    return any(k > number and _overlap(entries[number], later) for k, later in entries.items())


def _overlap(one: Entry, other: Entry) -> bool:
    a, b = one.block, other.block
    return (one.address, one.unit, a.table) == (other.address, other.unit, b.table) and (
        a.address < b.address + b.count and b.address < a.address + a.count
    )


def what(entry: Entry) -> dict[str, Any]:
    """Device, place and values of `entry`, as the audit log has them."""
    return {
        "device": entry.device,
        "address": entry.address,
        "unit": entry.unit,
        "table": entry.block.table,
        "first": entry.block.address,
        "points": list(entry.block.names),
        "before": entry.block.decode(entry.before) if entry.readable else None,
        "safe": None if entry.readable else entry.block.decode(entry.before),
    }
