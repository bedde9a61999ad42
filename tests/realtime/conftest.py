"""A site with a cabinet, and the gate before it."""

import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "system"))
from bench_processes import ROOT
from free_ports import free_port


@pytest.fixture
def own_site(tmp_path):
    """A site at ports that nobody else has, and the address of its cooling loop."""
    folder, port = tmp_path / "plant", free_port()
    shutil.copytree(ROOT / "sites/mantsala", folder)
    file = folder / "site.yaml"
    text = file.read_text().replace("port: 15020", f"port: {port}")
    file.write_text(text.replace("port: 15021", f"port: {free_port()}"))
    return file, f"127.0.0.1:{port}"


@pytest.fixture
def cabinet_site(own_site):
    """A site whose cooling loop is real, at the address that comes with it."""
    file, where = own_site
    text = file.read_text()
    file.write_text(
        text.replace("type: cooling_loop\n", "type: cooling_loop\n    emulated: false\n")
    )
    return file, where


@pytest.fixture
def gate(tmp_path, monkeypatch):
    """Folder of the gate before live plants."""
    monkeypatch.setenv("HUKKA_GATE", str(tmp_path / "gate"))
    return tmp_path / "gate"
