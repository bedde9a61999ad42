"""The journal: what every register held before, on disk before anything is sent to it.

A file `journal.jsonl` that is there means: something was written, and is not back yet. Lines
are sealed like those of the audit log, so that a damaged journal is not believed. Points lie in
it whole, so that values go back even if the map has changed since.
"""

from collections.abc import Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
from pathlib import Path
from typing import Any

from hil.gate.chain import Head, Record, check, seal
from hil.gate.compare import written
from hil.gate.files import AppendFile, sync_folder
from twin.clock import utc_now
from twin.errors import BadInput
from twin.registers import Block, Point

NAME = "journal.jsonl"
_NOT_NEEDED = frozenset({"enum", "desc", "line", "poll"})


@dataclass(frozen=True)
class Entry:
    """What to put back where: `before` is a payload of `block`, as `device` held it.

    `address` says how to reach the link (`tcp://host`), for the next start. A block that is
    not `readable` gets `before` as its safe value. `single`: by functions 5 and 6.
    """

    device: str
    address: str
    unit: int
    block: Block
    before: bytes
    readable: bool = True
    single: bool = False
    reason: str = ""
    since: str = ""

    def __str__(self) -> str:
        values = zip(self.block.points, self.block.decode(self.before), strict=True)
        what = ", ".join(f"{point.name} = {written(point, value)}" for point, value in values)
        place = f"{self.block.table} {self.block.address}"
        return f"{self.device} ({self.address}, unit {self.unit}, {place}): {what}"


class Journal:
    """The journal of `folder`; the caller has the folder to itself. The file comes and goes."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / NAME
        self._file: AppendFile | None = None
        self._head = Head()

    def hold(self, entry: Entry) -> int:
        """Put `entry` on disk; its number. OSError if the disk does not take it."""
        return self._append({"event": "hold"} | _to_json(entry))

    def done(self, number: int) -> None:
        """The entry with this number is back where it was."""
        self._append({"event": "done", "entry": number})

    def clear(self) -> None:
        """Everything is back: no journal."""
        self.close()
        self._head = Head()
        self.path.unlink(missing_ok=True)
        sync_folder(self.path.parent)

    def close(self) -> None:
        """Give the file back and leave it where it is."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def read(self) -> dict[int, Entry]:
        """Entries of an earlier session that are not back yet, by number; goes on behind them.

        Half a line at the end is a crash before its write went out, and is cut off.

        Raises:
            BadInput: the journal is damaged; it is left as it is.
        """
        if not self.path.exists():
            return {}
        content = self.path.read_bytes()
        *lines, torn = content.split(b"\n")
        records, findings = check((f"{NAME}:{i}", line) for i, line in enumerate(lines, 1))
        if findings:
            raise self._damaged(f"{findings[0].place} {findings[0].what}", records)
        entries = self._pending(records)
        if torn:
            file = self._open()
            file.cut(len(content) - len(torn))
        self._head = Head(records[-1].n, records[-1].hash) if records else Head()
        return entries

    def _pending(self, records: Sequence[Record]) -> dict[int, Entry]:
        entries: dict[int, Entry] = {}
        for record in records:
            try:
                if record.fields["event"] == "hold":
                    entries[record.n] = _from_json(record.fields)
                else:
                    entries.pop(int(record.fields["entry"]))
            except (KeyError, TypeError, ValueError, BadInput) as error:
                what = f"{record.place} is not of this version: {error}"
                raise self._damaged(what, records) from None
        return entries

    def _damaged(self, what: str, records: Sequence[Record]) -> BadInput:
        said = [
            f"  {_plainly(record)}" for record in records if record.fields.get("event") == "hold"
        ]
        lines = "\n".join(said) or "  nothing"
        return BadInput(
            f"{self.path}: the journal of values to put back is damaged: {what}.\n"
            f"It is left as it is, and nothing is armed. What can still be read in it:\n{lines}\n"
            "Put those values back by hand, then move the file away."
        )

    def _append(self, content: Mapping[str, Any]) -> int:
        line, head = seal(self._head, content)
        self._open().append(line)
        self._head = head
        return head.number

    def _open(self) -> AppendFile:
        if self._file is None:
            self._file = AppendFile(self.path)
        return self._file


def _plainly(record: Record) -> str:
    try:
        return str(_from_json(record.fields))
    except (KeyError, TypeError, ValueError, BadInput):
        return f"entry {record.fields.get('entry')} is {record.fields.get('event')}"


def _to_json(entry: Entry) -> dict[str, Any]:
    return {
        "device": entry.device,
        "address": entry.address,
        "unit": entry.unit,
        "points": [_point_to_json(point) for point in entry.block.points],
        "payload": entry.before.hex(),
        "values": entry.block.decode(entry.before),  # for people who read the file
        "readable": entry.readable,
        "single": entry.single,
        "reason": entry.reason,
        "since": entry.since or utc_now().isoformat(timespec="seconds"),
    }


def _from_json(content: Mapping[str, Any]) -> Entry:
    block = Block([Point(**point) for point in content["points"]])
    payload = bytes.fromhex(content["payload"])
    block.decode(payload)  # ValueError if it is not of this block
    return Entry(
        content["device"], content["address"], content["unit"], block, payload,
        content["readable"], content["single"], content["reason"], content["since"],
    )  # fmt: skip


def _point_to_json(point: Point) -> dict[str, Any]:
    given = {}
    for f in fields(point):
        value = getattr(point, f.name)
        default = f.default_factory() if f.default_factory is not MISSING else f.default
        if f.name not in _NOT_NEEDED and value != default:
            given[f.name] = value
    return given
