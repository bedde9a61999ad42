"""The wheel by itself: all that programs read is in it, and it runs without developers' tools."""

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest
from free_ports import free_port

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("twin", "hil", "fmus", "firmware_sim", "sites")
NEVER = (".pyc", ".md5", ".orig")
DEVELOPERS = (
    "pytest", "hypothesis", "casadi", "ziglang", "pyarrow", "asyncua", "weasyprint", "distributed",
    "aiosmtpd", "CoolProp", "duckdb", "httpx", "playwright", "mypy", "rumoca", "umodbus",
)  # fmt: skip
BLOCKED = f"import sys; sys.modules.update(dict.fromkeys({DEVELOPERS!r}))\n"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built as an index would get it."""
    out = tmp_path_factory.mktemp("wheel")
    order = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "--quiet",
        "-w",
        str(out),
        str(ROOT),
    ]
    done = subprocess.run(order, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode and "hatchling" in done.stderr:
        pytest.skip("no package index here to get hatchling from")
    assert done.returncode == 0, done.stderr
    (path,) = out.glob("hukka-*.whl")
    return path


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel alone, where tools of developers cannot be imported."""
    folder = tmp_path_factory.mktemp("site")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    (folder / "sitecustomize.py").write_text(BLOCKED)
    return folder


def command(installed: Path, *words: str) -> tuple[list[str], dict[str, str]]:
    env = {**os.environ, "PYTHONPATH": str(installed), "PYTHONUTF8": "1", "COLUMNS": "160"}
    return [sys.executable, "-m", "hil.cli", *words], env


def hukka(installed: Path, folder: Path, *words: str) -> "subprocess.CompletedProcess[str]":
    order, env = command(installed, *words)
    return subprocess.run(
        order, cwd=folder, env=env, capture_output=True, text=True, timeout=300, check=False
    )


def test_every_file_of_the_rooms_is_in_it_and_nothing_else(wheel: Path) -> None:
    order = ["git", "ls-files", *ROOMS]
    done = subprocess.run(order, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip("no git checkout to compare with")
    tracked = {name for name in done.stdout.splitlines() if (ROOT / name).is_file()}
    with zipfile.ZipFile(wheel) as archive:
        packed = {n for n in archive.namelist() if ".dist-info/" not in n}
    assert tracked - packed == set()
    others = {n for n in packed - tracked if not n.endswith(".fmu")}  # those are built
    assert others == set()
    assert not [n for n in packed if n.endswith(NEVER)]


def test_what_is_of_others_has_its_licence_beside_it(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        vendor = [n for n in names if "/vendor/" in n and not n.endswith(".txt")]
        for name in vendor:
            library = Path(name).stem
            text = archive.read(f"hil/page/assets/vendor/{library}.LICENSE.txt").decode()
            assert "Permission is hereby granted" in text
            assert "Copyright" in text
        (about,) = (n for n in names if n.endswith(".dist-info/METADATA"))
        licences = {Path(n).name for n in names if ".dist-info/licenses/" in n}
        metadata = archive.read(about).decode()
    assert vendor
    assert {"LICENSE", "NOTICE", "uPlot.LICENSE.txt"} <= licences
    assert "License-Expression: Apache-2.0 AND MIT" in metadata


@pytest.mark.parametrize(
    "words",
    [["--help"], ["sites"], ["faults", "mantsala"], ["alarms", "--help"], ["trend", "schema"]],
)
def test_commands_answer(installed: Path, tmp_path: Path, words: list[str]) -> None:
    done = hukka(installed, tmp_path, *words)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_the_version_is_that_of_the_package(wheel: Path, installed: Path, tmp_path: Path) -> None:
    done = hukka(installed, tmp_path, "--version")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"hukka {wheel.name.split('-')[1]}\n"


def test_a_machine_is_judged_and_a_run_made_and_served(installed: Path, tmp_path: Path) -> None:
    if not list(installed.glob("fmus/built/*.fmu")):
        pytest.skip("no models were built before the wheel")
    done = hukka(installed, tmp_path, "doctor", "mantsala", "--page", f"127.0.0.1:{free_port()}")
    assert "models: CoolingLoop.fmu, HeatPump.fmu, DistrictNetwork.fmu" in done.stdout
    assert "Traceback" not in done.stderr

    done = hukka(installed, tmp_path, "bench", "mantsala", "--pace", "max", "--duration", "10m",
                 "--json", "--out", "run")  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["alarms"] == []

    with page(installed, tmp_path) as address:
        for name in ("", "assets/app.js", "assets/fi.json", "assets/vendor/uPlot.js"):
            with urlopen(f"{address}{name}", timeout=20) as answer:
                assert answer.status == 200
                assert answer.read()


@contextmanager
def page(installed: Path, folder: Path) -> Iterator[str]:
    order, env = command(installed, "page", "run", "--listen", "127.0.0.1:0")
    with subprocess.Popen(
        order, cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        try:
            said = process.stdout.readline()
            assert "http://" in said, said + process.stdout.read()
            yield "http" + said.split("http", 1)[1].strip()
        finally:
            process.terminate()
            process.communicate(timeout=20)
