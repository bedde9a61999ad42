"""Unpacks an .fmu without trusting it: everything is checked before one byte is written."""

import stat
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from twin.errors import BadInput, refuse

_LONGEST_NAME_B = 1024
"""Of a member, its folders included."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What an archive may ask of the disk."""

    members: int = 10_000
    """Files and folders [-]."""
    unpacked_bytes: int = 1 << 30
    """Of all files together [B]."""
    member_bytes: int = 512 << 20
    """Of one file [B]."""
    ratio: float = 200.0
    """Largest unpacked size over packed size [-], judged above `ratio_from_bytes`, of one file and
    of all together."""
    ratio_from_bytes: int = 16 << 20
    """Smaller ones may be packed as well as they like [B]."""


def unpack(path: Path, folder: Path, limits: Limits | None = None) -> None:
    """Write the members of the zip `path` below the existing `folder`.

    Raises:
        BadInput: it is no zip, is cut off or damaged, or a member climbs out of the folder, is a
            link, comes twice or asks for too much.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check(path, members, limits or Limits())
            for member in members:
                _write(path, archive, member, folder)
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError) as error:
        raise BadInput(f"{path}: {_why_no_zip(path)} ({error})") from error
    except RuntimeError as error:  # zipfile's word for archives of a kind that it does not know
        raise BadInput(f"{path}: cannot be unpacked ({error})") from error
    except OSError as error:
        raise BadInput(f"{path}: cannot be unpacked ({error.strerror or error})") from error


def _check(path: Path, members: Iterable[zipfile.ZipInfo], limits: Limits) -> None:
    members = list(members)
    if len(members) > limits.members:
        raise refuse(f"{path}: members", len(members), f"at most {limits.members}")
    for member in members:
        _check_member(path, member)
    _check_tree(path, members, limits)
    for member in members:
        place = f"{path}: member {member.filename}"
        _check_size(place, member.file_size, member.compress_size, limits.member_bytes, limits)
    # members that share their packed bytes are counted once: there are no more than the file has
    packed = min(sum(m.compress_size for m in members), path.stat().st_size)
    unpacked = sum(m.file_size for m in members)
    _check_size(str(path), unpacked, packed, limits.unpacked_bytes, limits)


def _check_size(place: str, unpacked: int, packed: int, most: int, limits: Limits) -> None:
    if unpacked > most:
        raise refuse(f"{place}: unpacked bytes", unpacked, f"at most {most}")
    if unpacked > limits.ratio_from_bytes and unpacked > limits.ratio * packed:
        rule = f"at most {limits.ratio:g} times the {packed} packed"
        raise refuse(f"{place}: unpacked bytes", unpacked, rule)


def _check_member(path: Path, member: zipfile.ZipInfo) -> None:
    name = member.orig_filename  # as written in the file; zipfile has already cleaned `filename`
    place = f"{path}: member"
    if not name or "\0" in name:
        raise refuse(place, name, "must have a name without a zero byte")
    if (size := len(name.encode())) > _LONGEST_NAME_B:
        raise refuse(f"{place} {name[:40]}...: bytes of name", size, f"at most {_LONGEST_NAME_B}")
    if "\\" in name or ":" in name:
        raise refuse(place, name, "must not contain a backslash or a drive letter")
    parts = PurePosixPath(name).parts
    if name.startswith("/") or ".." in parts or not parts:
        raise refuse(place, name, "must stay inside the archive's folder")
    kind = stat.S_IFMT(member.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise refuse(place, name, "must be a file or a folder, not a link or a device")
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise refuse(f"{place} {name}: compression", member.compress_type, "must be 0 or 8 (FMI)")
    if member.flag_bits & 0x1:
        raise refuse(place, name, "must not be encrypted")


def _check_tree(path: Path, members: Iterable[zipfile.ZipInfo], limits: Limits) -> None:
    """No member comes twice or is in a file; folders that nobody lists count as members too."""
    # Case is folded, because two of the three systems would write one over the other. In this
    # order what is in a folder comes right behind it.
    spots = sorted(
        (PurePosixPath(m.filename.casefold()).parts, m.is_dir(), m.filename) for m in members
    )
    count, before, was_folder = 0, tuple[str, ...](), True
    for parts, is_folder, name in spots:
        shared = _shared(before, parts)
        if shared == len(parts) and not (was_folder and is_folder):
            raise refuse(f"{path}: member", name, "must not come twice")
        if shared == len(before) < len(parts) and not was_folder:
            rule = f"must not be inside {'/'.join(before)!r}, which is a file"
            raise refuse(f"{path}: member", name, rule)
        count += len(parts) - shared
        if count > limits.members:
            raise refuse(f"{path}: files and folders", count, f"at most {limits.members}")
        before, was_folder = parts, is_folder


def _shared(first: tuple[str, ...], second: tuple[str, ...]) -> int:
    """How many folders two paths have in common."""
    pairs = zip(first, second, strict=False)
    return next((i for i, (a, b) in enumerate(pairs) if a != b), min(len(first), len(second)))


def _write(path: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, folder: Path) -> None:
    target = folder / PurePosixPath(member.filename)
    if member.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    # zipfile stops at the size in the directory, which `_check` has bounded, and verifies the CRC;
    # what comes is counted all the same, so that the bounds do not hang on how it does so
    written = 0
    with archive.open(member) as source, target.open("xb") as sink:
        while block := source.read(1 << 20):
            written += len(block)
            if written > member.file_size:
                break
            sink.write(block)
    if written != member.file_size:
        place = f"{path}: member {member.filename}: unpacked bytes"
        raise refuse(place, written, f"its directory says {member.file_size}")


def _why_no_zip(path: Path) -> str:
    with path.open("rb") as file:
        start = file.read(4)
    return "is a damaged or cut-off zip archive" if start == b"PK\3\4" else "is not a zip archive"
