"""Cursors whose file is broken or taken away: neighbours are told all the same."""

from contextlib import closing
from pathlib import Path

import apsw
import pytest

from hil.neighbours.cursors import Cursors
from twin.errors import BadInput


def told(path: Path) -> bytes:
    """A file in which two neighbours have been told something; what is in it."""
    with closing(Cursors(path)) as box:
        assert box.wrong == ""
        box.told("mqtt", "measured", 7, 3)
        box.told("other", "twin", 8, 4)
    return path.read_bytes()


@pytest.mark.parametrize(
    "damage",
    [
        lambda content: b"a worn card" * 1000,
        lambda content: bytes(len(content)),
        lambda content: content[:4096] + b"\xff" * (len(content) - 4096),
        lambda content: b"",
    ],
    ids=["no database", "zeros", "a page", "nothing"],
)
def test_a_damaged_file_is_set_aside(tmp_path, damage):
    path = tmp_path / "cursors.sqlite"
    broken = damage(told(path))
    path.write_bytes(broken)
    with closing(Cursors(path)) as box:
        assert str(path) in box.wrong
        assert "it is cursors.sqlite.broken now, and neighbours begin as at first" in box.wrong
        assert box.cursor("mqtt", "measured") is None
        box.told("mqtt", "measured", 9, 1)
    assert (tmp_path / "cursors.sqlite.broken").read_bytes() == broken
    with closing(Cursors(path)) as box:
        assert (box.wrong, box.cursor("mqtt", "measured")) == ("", (9, 1))


@pytest.mark.parametrize("how", ["deleted", "another", "a table less"])
def test_what_is_known_outlives_a_file_that_is_lost_meanwhile(tmp_path, how):
    path = tmp_path / "cursors.sqlite"
    told(path)
    with closing(Cursors(path)) as box:
        match how:
            case "deleted":
                for file in tmp_path.iterdir():
                    file.unlink()
            case "another":
                path.rename(tmp_path / "away")
                path.write_bytes(b"a worn card")
            case _:
                with closing(apsw.Connection(str(path))) as db:
                    db.execute("DROP TABLE cursors")
        box.told("mqtt", "measured", 9, 5)
    with closing(Cursors(path)) as box:
        assert box.wrong == ""
        assert box.cursor("mqtt", "measured") == (9, 5)
        assert box.cursor("other", "twin") == (8, 4)


def test_a_folder_that_is_gone_is_said_and_tried_again(tmp_path):
    folder = tmp_path / "data"
    folder.mkdir()
    path = folder / "cursors.sqlite"
    told(path)
    with closing(Cursors(path)) as box:
        folder.rename(tmp_path / "away")
        with pytest.raises(OSError, match=r"cursors\.sqlite: cannot be written"):
            box.told("mqtt", "measured", 9, 5)
        assert box.cursor("mqtt", "measured") == (7, 3)
        folder.mkdir()
        box.told("mqtt", "measured", 9, 5)
    with closing(Cursors(path)) as box:
        assert box.cursor("mqtt", "measured") == (9, 5)
    with pytest.raises(BadInput, match="cannot be used"):
        Cursors(tmp_path / "no" / "cursors.sqlite")
