"""The audit log: every write and every refusal, one chained line each, on disk before it counts.

In a folder: `audit.jsonl`, older ones as `audit-NUMBER.jsonl` (number of their first line), and
`audit.head` with number and hash of the last line. What the chain proves, and what it cannot,
is in docs/reference/write-gate.md.
"""

import contextlib
import getpass
import json
import os
import platform
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from hil.gate.chain import GAP, Finding, Head, Record, check, check_end, parse, seal
from hil.gate.files import AppendFile, replace, sync_folder
from twin.clock import monotonic_ns, utc_now
from twin.errors import BadInput

NAME = "audit.jsonl"
HEAD = "audit.head"
MAX_BYTES = 10_000_000
"""Size at which a file is closed and the next begun."""


class AuditLog:
    """Appends to the log of `folder`; the caller has the folder to itself (`FolderLock`)."""

    def __init__(self, folder: Path, max_bytes: int = MAX_BYTES) -> None:
        self._folder = folder
        self._max_bytes = max_bytes
        self._who = f"{user_name()}@{platform.node()}"
        if not files_of(folder) and not (folder / HEAD).exists():
            self._keep(Head())  # so that a log without a head is never a crash
        kept = read_head(folder)
        self._head, gap, torn = _end_of(folder, kept)
        self._file = AppendFile(folder / NAME)
        self._owed: list[tuple[str, dict[str, Any]]] = []
        """What was found at the start, and comes before anything else, once the disk takes it."""
        if torn:  # a crash in the middle of a line: the line never counted
            self._file.cut(self._file.size - len(torn))
            self._owed.append(("torn", {"fragment": torn.decode(errors="backslashreplace")}))
        if gap:
            self._owed.append((GAP, {"why": gap}))
        with contextlib.suppress(OSError):  # a full disk: values are put back all the same
            self._pay()

    @property
    def head(self) -> Head:
        """Number and hash of the last line."""
        return self._head

    def add(self, event: str, **fields: Any) -> None:  # noqa: ANN401
        """Write what happened, with who and when; OSError if the disk does not take it."""
        self._pay()
        self._append(event, fields)

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def _pay(self) -> None:
        while self._owed:
            self._append(*self._owed[0])
            del self._owed[0]

    def _append(self, event: str, fields: dict[str, Any]) -> None:
        if self._file.size >= self._max_bytes:
            self._rotate()
        stamp = {
            "event": event,
            "utc": utc_now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "monotonic_ns": monotonic_ns(),
            "who": self._who,
            "pid": os.getpid(),
        }
        line, head = seal(self._head, stamp | fields)
        before = self._file.size
        self._file.append(line)
        try:
            self._keep(head)
        except OSError:  # the head would fall behind: then the line is not there either
            with contextlib.suppress(OSError):
                self._file.cut(before)
            raise
        self._head = head

    def _keep(self, head: Head) -> None:
        replace(self._folder / HEAD, json.dumps(head._asdict()).encode())

    def _rotate(self) -> None:
        path, full = self._folder / NAME, self._file
        if path.exists():  # else the disk did not take a new one the last time
            with path.open("rb") as file:
                first = parse(file.readline().rstrip(b"\n"), NAME)
            number = first.n if first is not None else self._head.number
            path.rename(self._folder / f"audit-{number:010d}.jsonl")
            sync_folder(self._folder)
        self._file = AppendFile(path)
        full.close()


class Verdict(NamedTuple):
    """What a check of a log found: nothing, if `findings` is empty; `torn` is a half last line."""

    records: Sequence[Record]
    findings: Sequence[Finding]
    torn: bool

    @property
    def head(self) -> Head:
        """Number and hash of the last whole line, for keeping elsewhere."""
        return Head(self.records[-1].n, self.records[-1].hash) if self.records else Head()


def verify(path: Path, expect: str = "") -> Verdict:
    """Check the log in folder `path` (or of which `path` is the newest file), all files of it.

    `expect` is the hash of a line that was noted elsewhere: it must be in the chain.

    Raises:
        BadInput: there is no log, or it cannot be read.
    """
    folder = path if path.is_dir() else path.parent
    torn: list[str] = []
    try:
        if not path.exists() or not files_of(folder):
            raise BadInput(f"{path}: there is no audit log ({NAME})")
        records, findings = check(_lines(folder, torn))
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from None
    findings += check_end(records, read_head(folder))
    if expect and not any(record.hash == expect for record in records):
        findings.append(Finding(NAME, f"no line has the hash {expect}: the log was replaced"))
    return Verdict(records, findings, bool(torn))


def files_of(folder: Path) -> list[Path]:
    """Files of the log, oldest first."""
    newest = folder / NAME
    return sorted(folder.glob("audit-*.jsonl")) + ([newest] if newest.exists() else [])


def read_head(folder: Path) -> Head | None:
    """The head that was kept; None where there is none, or none that can be read."""
    try:
        fields = json.loads((folder / HEAD).read_bytes())
        return Head(int(fields["number"]), str(fields["hash"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _lines(folder: Path, torn: list[str]) -> Iterator[tuple[str, bytes]]:
    """Whole lines of all files with their places; the place of one without end goes to `torn`."""
    for path in files_of(folder):
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                place = f"{path.name}:{number}"
                if line.endswith(b"\n"):
                    yield place, line[:-1]
                elif path.name == NAME:
                    torn.append(place)
                else:  # only the newest file has an end that somebody may still write at
                    yield place, line


def _end_of(folder: Path, kept: Head | None) -> tuple[Head, str, bytes]:
    """Where a log goes on; why that is not where it was left, if so; half a line at its end."""
    torn = b""
    for path in reversed(files_of(folder)):
        lines = path.read_bytes().split(b"\n")
        if path.name == NAME:
            torn = lines.pop()
        if whole := [line for line in lines if line]:
            head, gap = _goes_on(whole[-1], path.name, kept)
            return head, gap, torn
    if kept is not None and kept.number:
        return kept, f"the log is gone: {kept.number} lines were written", torn
    return Head(), "", torn


def _goes_on(line: bytes, place: str, kept: Head | None) -> tuple[Head, str]:
    last = parse(line, place)
    if last is None:
        return kept or Head(), f"the last line of {place} is not as it was written"
    here = Head(last.n, last.hash)
    if findings := check_end([last], kept):
        return here, f"the end was not as it was left: {findings[0].what}"
    if kept is not None and last.n > kept.number and last.prev != kept.hash:
        return here, "the last line does not follow from the head"
    return here, ""


def user_name() -> str:
    """Who this process belongs to."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a service without a name
        return f"uid {os.getuid()}" if hasattr(os, "getuid") else "unknown"
