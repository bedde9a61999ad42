"""By what a campaign knows its code again: any source counts, and nothing else."""

import subprocess
import sys
from pathlib import Path

import pytest

import firmware_sim
import fmus
import hil
import twin
from hil.campaign.sources import code, hash_of


@pytest.fixture
def package(tmp_path):
    folder = tmp_path / "room"
    (folder / "inner" / "__pycache__").mkdir(parents=True)
    (folder / "pump.py").write_text("x = 1\n")
    (folder / "inner" / "map.csv").write_text("name\n")
    (folder / "inner" / "way.yaml").write_text("a: 1\n")
    return folder


@pytest.mark.parametrize("name", ["pump.py", "inner/map.csv", "inner/way.yaml"])
def test_a_source_that_changes_moves_goes_or_comes_is_another_code(package, name):
    before, source = hash_of([package]), package / name
    text = source.read_text()
    source.write_text(text.replace("a", "b").replace("1", "2"))
    changed = hash_of([package])
    source.write_text(text)
    assert hash_of([package]) == before
    moved = source.rename(source.with_stem("another"))
    renamed = hash_of([package])
    moved.unlink()
    assert len({before, changed, renamed, hash_of([package])}) == 4


@pytest.mark.parametrize("name", ["inner/__pycache__/pump.pyc", "README.md", ".#pump.py"])
def test_caches_and_texts_do_not_count(package, name):
    before = hash_of([package])
    (package / name).write_bytes(b"\x00")
    assert hash_of([package]) == before


def test_where_a_package_lies_does_not_count(package, tmp_path):
    before = hash_of([package])
    (tmp_path / "elsewhere").mkdir()
    assert hash_of([package.rename(tmp_path / "elsewhere" / "room")]) == before


def test_every_package_counts_and_every_process_says_the_same():
    code.cache_clear()  # a hash from before somebody edited a file beside
    folders = [Path(package.__file__).parent for package in (twin, hil, firmware_sim, fmus)]
    assert code() == hash_of(folders)
    assert len({hash_of([folder]) for folder in folders}) == len(folders)
    words = [sys.executable, "-c", "from hil.campaign.sources import code; print(code())"]
    said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
    assert said.strip() == code()
