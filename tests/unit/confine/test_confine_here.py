# ruff: noqa: E501  a row of the table is a line
"""A process that shut itself in, and what is left to it."""

import subprocess
import sys
from pathlib import Path

import pytest

from twin.confine.landlock import landlock_version

ROOT = Path(__file__).parents[3]
BEGIN = """
import mmap, os, sys, threading
from pathlib import Path
from twin.confine import Allowed, Left, confine, no_more_copies
folder = Path(sys.argv[1])
handle = os.memfd_create("shared")
os.truncate(handle, 4096)
early = threading.Event()
"""
SHUT = "said = confine(Allowed(read=(folder / 'read',), write=(folder / 'write',){more}))\n"


@pytest.fixture
def inside(tmp_path):
    """Runs lines of Python in a process that is shut in; its output."""
    for name in ("read", "write", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_text("1")

    def run(code: str, before: str = "", more: str = "") -> str:
        text = BEGIN + before + SHUT.format(more=more) + code
        ran = subprocess.run(
            [sys.executable, "-c", text, tmp_path], cwd=ROOT, capture_output=True, text=True,
            env={"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT), "PATH": "/usr/bin"},
            timeout=60, check=False,
        )  # fmt: skip
        return ran.stdout + ran.stderr.strip().rpartition("\n")[2]

    return run


landlock = pytest.mark.skipif(
    not sys.platform.startswith("linux") or landlock_version() == 0,
    reason="no Landlock in this kernel",
)
linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="not Linux")


@landlock
@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("print(*(folder / 'read/file').open())", "1"),
        ("(folder / 'read/file').open('r+')", "PermissionError"),
        ("print((folder / 'write/new').write_text('ab'))", "2"),
        ("(folder / 'write/file').unlink(); print('gone')", "gone"),
        ("(folder / 'write/in').mkdir(); print('made')", "made"),
        ("(folder / 'other/file').open()", "PermissionError"),
        ("os.listdir(folder / 'other')", "PermissionError"),
        ("os.rename(folder / 'write/file', folder / 'other/stolen')", "Error"),
        ("os.link(folder / 'other/file', folder / 'write/linked')", "Error"),
        ("os.symlink(folder / 'other/file', folder / 'write/s'); open(folder / 'write/s')", "Perm"),
        ("open(folder / 'read' / '..' / 'other' / 'file')", "PermissionError"),
        ("os.mknod(folder / 'write/device', 0o60600, os.makedev(8, 0))", "PermissionError"),
        ("m = mmap.mmap(os.open(f'/proc/self/fd/{handle}', os.O_RDWR), 4096); m[0] = 7; print(m[0])", "7"),
        ("import sqlite3; b = sqlite3.connect(folder / 'write/b'); b.execute('pragma journal_mode=wal'); b.execute('create table t(a)'); print('kept')", "kept"),
    ],
)  # fmt: skip
def test_files(inside, code, found):
    assert found in inside(code)


@linux
@pytest.mark.parametrize(
    ("code", "found"),
    [
        ("import socket; socket.socket()", "PermissionError"),
        ("import socket; socket.socket(socket.AF_UNIX)", "PermissionError"),
        ("os.fork()", "PermissionError"),
        ("os.execv('/bin/true', ['true'])", "PermissionError"),
        ("import subprocess; subprocess.run(['/bin/true'])", "PermissionError"),
        ("os.kill(os.getppid(), 0)", "PermissionError"),
        ("os.kill(os.getpid(), 0); print('own')", "own"),
        ("os.chmod(folder / 'write/file', 0o777)", "PermissionError"),
        ("t = threading.Thread(target=print, args=['ran']); t.start(); t.join()", "ran"),
        ("import resource; print(resource.getrlimit(resource.RLIMIT_CORE))", "(0, 0)"),
    ],
)
def test_calls(inside, code, found):
    assert found in inside(code)


@linux
def test_memory_and_files_end_somewhere(inside):
    assert "MemoryError" in inside("bytearray(1 << 30)", more=", more_memory_bytes=1 << 29")
    print_it = "bytearray(1 << 28); print('enough')"
    assert "enough" in inside(print_it, more=", more_memory_bytes=1 << 29")
    write = "f = (folder / 'write/big').open('wb', 0); f.truncate(0); f.seek(5000); f.write(b'x')"
    assert "File too large" in inside(write, more=", file_bytes=4096")
    assert "said" in inside(write + "; print('said')", more=", file_bytes=8192")


@landlock
def test_what_came_of_it_is_said(inside):
    said = inside("print(said)")
    assert said.startswith(f"confined: files by Landlock {landlock_version()}")
    assert "older threads" not in said
    waiting = "threading.Thread(target=early.wait).start()\n"
    assert "older threads that keep their files: 1" in inside("print(said); early.set()", waiting)


@landlock
def test_a_copy_inherits_what_is_shut_and_gives_up_the_rest(inside):
    more = ", left=Left(copies=True)"
    copy = "child = os.fork()\nif child: os.waitpid(child, 0)\nelse:\n    "
    assert "ran" in inside(copy + "print('ran', flush=True); os._exit(0)", more=more)
    tries = (
        ("open(folder / 'other/file')", "PermissionError"),
        ("import socket; socket.socket()", "PermissionError"),
        ("os.execv('/bin/true', ['true'])", "PermissionError"),
        ("no_more_copies(); os.fork()", "PermissionError"),
    )
    for tried, found in tries:
        assert found in inside(copy + tried, more=more), tried
    ends = "import signal\nif not (child := os.fork()): signal.pause()\nos.kill(child, 9)"
    assert "9" in inside(f"{ends}\nprint(os.waitpid(child, 0)[1])", more=more)
    if landlock_version() >= 6:
        assert "PermissionError" in inside("os.kill(os.getppid(), 0)", more=more)


@landlock
def test_lines_keep_the_internet_and_nothing_else(inside):
    more = ", left=Left(internet=True)"
    talks = "import socket; s = socket.create_server(('127.0.0.1', 0));"
    there = "socket.create_connection(s.getsockname()); print('heard')"
    assert "heard" in inside(f"{talks} {there}", more=more)
    assert "PermissionError" in inside("import socket; socket.socket(socket.AF_UNIX)", more=more)
    assert "PermissionError" in inside("open(folder / 'other/file')", more=more)
