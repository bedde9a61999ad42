"""Files are written as a whole, and what is no file stays what it is."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from hil.report.place import refuse_unwritable, write
from twin.errors import BadInput


def test_an_older_file_gives_way_as_a_whole(tmp_path: Path) -> None:
    target = tmp_path / "report.html"
    target.write_text("older")
    kept = target.open()
    refuse_unwritable(target)
    write(target, "newer")
    assert (target.read_text(), kept.read()) == ("newer", "older")
    kept.close()
    assert list(tmp_path.iterdir()) == [target]


def test_a_pipe_stays_a_pipe_and_takes_the_text(tmp_path: Path) -> None:
    pipe, heard = tmp_path / "pipe", list[str]()
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: heard.append(pipe.read_text()))
    reader.start()
    refuse_unwritable(pipe)
    write(pipe, "told")
    reader.join()
    assert heard == ["told"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there" / "flags.csv", tmp_path / "flags.csv"
    link.symlink_to(target)
    write(link, "told")
    assert link.is_symlink()
    assert target.read_text() == "told"


def test_a_folder_that_is_missing_is_refused_at_once(tmp_path: Path) -> None:
    for attempt in (refuse_unwritable, lambda target: write(target, "")):
        with pytest.raises(BadInput, match="cannot be written: No such file"):
            attempt(tmp_path / "none" / "flags.csv")


def test_a_folder_of_that_name_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be written: Is a directory"):
        refuse_unwritable(tmp_path)


def test_another_process_that_writes_the_same_file_is_let_alone(tmp_path: Path) -> None:
    target = tmp_path / "flags.csv"
    code = "import sys; from pathlib import Path; from hil.report.place import _beside;"
    code += " print(_beside(Path(sys.argv[1])))"
    said = subprocess.run([sys.executable, "-c", code, target], capture_output=True, check=True)
    theirs = Path(said.stdout.decode().strip())
    theirs.write_text("half of it")
    refuse_unwritable(target)
    write(target, "told")
    assert (target.read_text(), theirs.read_text()) == ("told", "half of it")
