"""Hostile archives: each is refused before anything is written."""

import stat
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from twin.errors import BadInput
from twin.plant.archive import Limits, unpack


@pytest.fixture
def attack(tmp_path: Path) -> Callable[..., str]:
    """Unpacks a zip of the given members and gives the sentence with which it is refused."""

    def run(*members: str | zipfile.ZipInfo, limits: Limits | None = None, data: str = "x") -> str:
        path, folder = tmp_path / "attack.fmu", tmp_path / "folder"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for member in members:
                archive.writestr(member, data)
        folder.mkdir()
        with pytest.raises(BadInput) as refusal:
            unpack(path, folder, limits)
        assert set(tmp_path.rglob("*")) == {path, folder}  # nothing was written anywhere
        assert str(path) in str(refusal.value)
        return str(refusal.value)

    return run


@pytest.mark.parametrize(
    "name", ["../evil", "a/../../evil", "/etc/evil", "a/..", "..", "//server/share"]
)
def test_member_that_climbs_out(attack: Callable[..., str], name: str) -> None:
    assert f"{name!r}: must stay inside" in attack("good", name)


@pytest.mark.parametrize("name", ["..\\evil", "binaries\\win64\\a.dll", "C:/evil", "a:stream"])
def test_backslash_and_drive(attack: Callable[..., str], name: str) -> None:
    assert f"{name!r}: must not contain a backslash or a drive letter" in attack(name)


def test_symbolic_link(attack: Callable[..., str]) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    assert "'link': must be a file or a folder" in attack(link, data="/etc/passwd")


@pytest.mark.parametrize(
    "names",
    [
        ("a", "a"),
        ("Binaries/x", "binaries/X"),
        ("a/b", "a"),
        ("A", "a/c", "a-"),
        ("a", "a/", "a/b"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_double_member(attack: Callable[..., str], names: tuple[str, str]) -> None:
    assert "must not" in attack(*names)


def test_too_many_members(attack: Callable[..., str]) -> None:
    assert "members = 4: at most 3" in attack(*"abcd", limits=Limits(members=3))


@pytest.mark.parametrize(("name", "size"), [("a/" * 8000 + "x", 16001), ("ä" * 513, 1026)])
def test_a_name_that_is_too_long(attack: Callable[..., str], name: str, size: int) -> None:
    assert f"bytes of name = {size}: at most 1024" in attack("good", name)


def test_folders_that_nobody_lists_count(attack: Callable[..., str]) -> None:
    """Thousands of folders in each of thousands would fill memory and disk."""
    deep = [f"{i}/" + "a/" * 500 + "x" for i in range(30)]
    assert "files and folders = 10040: at most 10000" in attack(*deep)


def test_swelling(attack: Callable[..., str]) -> None:
    message = attack("zeros", data="0" * 50_000, limits=Limits(ratio=100.0, ratio_from_bytes=1000))
    assert "unpacked bytes = 50000: at most 100 times" in message


def test_too_large(attack: Callable[..., str]) -> None:
    assert "unpacked bytes = 2000: at most 1500" in attack(
        "a", "b", data="0" * 1000, limits=Limits(unpacked_bytes=1500)
    )


def test_one_file_that_is_too_large(attack: Callable[..., str]) -> None:
    message = attack("small", data="0" * 1000, limits=Limits(member_bytes=999))
    assert "member small: unpacked bytes = 1000: at most 999" in message


def test_swelling_is_not_hidden_behind_a_file_that_does_not(tmp_path: Path) -> None:
    path, noise = tmp_path / "mixed.fmu", np.random.default_rng(1).bytes(100_000)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("noise", noise)
        archive.writestr("zeros", b"0" * 100_000)
    with pytest.raises(BadInput, match="member zeros: unpacked bytes = 100000: at most 100 times"):
        unpack(path, tmp_path, Limits(ratio=100.0, ratio_from_bytes=1000))
    unpack(path, tmp_path, Limits(ratio=1000.0, ratio_from_bytes=1000))
    assert (tmp_path / "noise").read_bytes() == noise


def test_members_that_share_their_bytes(tmp_path: Path) -> None:
    """A hundred entries of the directory that all point at one packed member, as bombs do."""
    path, folder = tmp_path / "shared.fmu", tmp_path / "folder"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("00", b"0" * 100_000)
    data = path.read_bytes()
    at, end = data.index(b"PK\1\2"), data.index(b"PK\5\6")
    entries = b"".join(data[at:end][:46] + f"{i:02}".encode() for i in range(100))
    ending = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 100, 100, len(entries), at, 0)
    path.write_bytes(data[:at] + entries + ending)
    folder.mkdir()
    with pytest.raises(
        BadInput, match=r"unpacked bytes = 10000000: at most 1000 times the \d+ pack"
    ):
        unpack(path, folder, Limits(ratio=1000.0, ratio_from_bytes=100_001))
    assert list(folder.iterdir()) == []


def test_an_archive_inside_stays_packed(tmp_path: Path) -> None:
    path, folder = tmp_path / "outer.fmu", tmp_path / "folder"
    inner = make_zip(tmp_path / "inner.zip", a="0").read_bytes()
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("resources/inner.zip", inner)
    folder.mkdir()
    unpack(path, folder)
    assert [p.name for p in folder.rglob("*") if p.is_file()] == ["inner.zip"]
    assert (folder / "resources/inner.zip").read_bytes() == inner


def test_a_file_that_is_shorter_than_the_directory_says(tmp_path: Path) -> None:
    path, folder = make_zip(tmp_path / "short.fmu", a="x" * 100), tmp_path / "folder"
    data = bytearray(path.read_bytes())
    at = data.index(b"PK\1\2")
    data[at + 24 : at + 28] = struct.pack("<I", 101)
    path.write_bytes(data)
    folder.mkdir()
    message = refused(path, folder)
    assert "member a: unpacked bytes = 100: its directory says 101" in message or "zip" in message


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_damage_anywhere_is_refused_or_harmless(tmp_path: Path) -> None:
    """Whatever byte is wrong: a BadInput or the files, never another error."""
    path = tmp_path / "damaged.fmu"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("modelDescription.xml", "<x/>" * 20)
        archive.writestr("resources/ä", "y")
    whole = path.read_bytes()
    kept = 0
    for at in range(len(whole)):
        for value in (0x00, 0xFF, whole[at] ^ 0x08):
            path.write_bytes(whole[:at] + bytes([value]) + whole[at + 1 :])
            with TemporaryDirectory(dir=tmp_path) as folder:
                try:
                    unpack(path, Path(folder))
                    kept += 1
                except BadInput:
                    continue
    assert 0 < kept < 3 * len(whole)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compression_that_fmi_does_not_know(tmp_path: Path, method: int) -> None:
    path = tmp_path / "other.fmu"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr("modelDescription.xml", "<x/>")
    assert f"modelDescription.xml: compression = {method}: must be 0 or 8" in refused(
        path, tmp_path
    )


def make_zip(path: Path, **members: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def refused(path: Path, folder: Path) -> str:
    with pytest.raises(BadInput) as refusal:
        unpack(path, folder)
    return str(refusal.value)


def test_cut_off_and_damaged(tmp_path: Path) -> None:
    whole = make_zip(tmp_path / "whole.fmu", a="payload" * 100).read_bytes()
    cut = tmp_path / "cut.fmu"
    for length in (len(whole) - 1, len(whole) // 2, 4):
        cut.write_bytes(whole[:length])
        assert "damaged or cut-off zip" in refused(cut, tmp_path)
    cut.write_bytes(whole.replace(b"payload", b"paXload", 1))
    assert "Bad CRC-32" in refused(cut, tmp_path)


def test_not_a_zip(tmp_path: Path) -> None:
    text = tmp_path / "text.fmu"
    text.write_text("hello")
    assert "is not a zip archive" in refused(text, tmp_path)
    assert "No such file" in refused(tmp_path / "missing.fmu", tmp_path)
    assert "cannot be unpacked" in refused(tmp_path, tmp_path)


def test_a_directory_that_lies_about_sizes(tmp_path: Path) -> None:
    """A member that unpacks to more than the directory admits is cut there and fails its CRC."""
    path = tmp_path / "liar.fmu"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zeros", "0" * 100_000)
    data = path.read_bytes().replace(struct.pack("<I", 100_000), struct.pack("<I", 10))
    path.write_bytes(data)
    folder = tmp_path / "folder"
    folder.mkdir()
    assert "damaged" in refused(path, folder)
    assert (folder / "zeros").stat().st_size <= 10


def test_good_archive_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "good.fmu"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("resources/", "")
        archive.writestr("resources/deep/table.csv", "1,2")
        archive.writestr("modelDescription.xml", "<x/>")
    folder = tmp_path / "folder"
    folder.mkdir()
    unpack(path, folder)
    assert (folder / "resources/deep/table.csv").read_text() == "1,2"
    assert (folder / "modelDescription.xml").read_text() == "<x/>"
