"""What people say of a run of procedures: notes with photos, added line by line, never changed."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hil.gate.audit import user_name
from hil.gate.files import AppendFile
from hil.report.commission_data import read_record
from hil.report.photos import Photo, cleaned, keep
from twin.clock import utc_now
from twin.errors import BadInput, unknown

NAME = "notes.jsonl"
LONGEST = 5000
"""Most letters of a note [-]."""


@dataclass(frozen=True, slots=True)
class Remark:
    """One note: who said it when, of which block (empty: of the run), and its photos."""

    number: int
    utc: str
    by: str
    block: str
    text: str
    photos: tuple[Photo, ...]


@dataclass(frozen=True, slots=True)
class Remarks:
    """All notes of a run; `wrong` says what cannot be read of them, `sha256` is of their file."""

    every: tuple[Remark, ...] = ()
    wrong: str = ""
    sha256: str = ""

    def of(self, block: str) -> tuple[Remark, ...]:
        """Those of one block."""
        return tuple(remark for remark in self.every if remark.block == block)


def add_remark(
    folder: Path, text: str, *, block: str = "", photos: Sequence[Path] = (), by: str = ""
) -> None:
    """Add a note to the run of procedures in `folder`; it is on disk when this returns.

    Raises:
        BadInput: no such run or block, no text, a photo that is none; nothing is written then.
    """
    record = read_record(folder)
    keys = [b.key for b in record.blocks]
    if block and block not in keys:
        raise unknown(str(folder), "block", block, keys)
    said = text.strip()
    if not said:
        raise BadInput("a note: says nothing")
    if len(said) > LONGEST:
        raise BadInput(f"a note: {len(said)} letters are more than {LONGEST}")
    clean = [(source, *cleaned(source)) for source in photos]
    kept = [keep(folder, source, content, kind) for source, content, kind in clean]
    line = {
        "utc": utc_now().strftime("%Y-%m-%dT%H:%M:%SZ"),
        "by": by.strip() or user_name(),
        "block": block,
        "text": said,
        "photos": [{"sha256": p.sha256, "file": p.file, "name": p.name} for p in kept],
    }
    _append(folder / NAME, json.dumps(line, sort_keys=True).encode() + b"\n")


def read_remarks(folder: Path) -> Remarks:
    """The notes of the run in `folder`; none if nobody wrote any."""
    try:
        data = (folder / NAME).read_bytes()
    except FileNotFoundError:
        return Remarks()
    except OSError as error:
        return Remarks(wrong=f"{NAME}: {error.strerror or error}")
    whole, _, torn = data.rpartition(b"\n")
    found, wrong = [], [f"{NAME}: its last line was cut off; it is left out"] if torn else []
    for number, line in enumerate(whole.splitlines(), 1):
        try:
            found.append(_remark(number, json.loads(line)))
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            wrong.append(f"{NAME}:{number}: is no note: {type(error).__name__}: {error}")
    return Remarks(tuple(found), "; ".join(wrong), hashlib.sha256(data).hexdigest())


def _remark(number: int, plain: Mapping[str, Any]) -> Remark:
    photos = tuple(
        Photo(_text(p["sha256"]), _text(p["file"]), _text(p["name"])) for p in plain["photos"]
    )
    utc, by, block, text = (_text(plain[key]) for key in ("utc", "by", "block", "text"))
    return Remark(number, utc, by, block, text, photos)


def _append(path: Path, line: bytes) -> None:
    try:
        file = AppendFile(path)
        try:
            before = path.read_bytes()
            if not before.endswith(b"\n"):  # what was being written at a crash never counted
                file.cut(before.rfind(b"\n") + 1)
            file.append(line)
        finally:
            file.close()
    except OSError as error:
        raise BadInput(f"{path}: cannot be written: {error.strerror or error}") from None


def _text(found: Any) -> str:  # noqa: ANN401
    return str(found).encode(errors="backslashreplace").decode()
