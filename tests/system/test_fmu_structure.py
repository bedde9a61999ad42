"""A site that asks for models of its own structure: built beside it, or refused with lines."""

import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hil.cli.commands import app
from twin.errors import BadInput
from twin.site import load_site
from twin.site.load import SITES

RUN = CliRunner()


@pytest.fixture
def site(tmp_path: Path):
    """A copy of mantsala whose cooling loop gets what `write` is given."""
    folder = tmp_path / "own"
    shutil.copytree(SITES / "mantsala", folder, ignore=shutil.ignore_patterns("built"))
    text = (folder / "site.yaml").read_text("utf-8")

    def write(part: str) -> Path:
        changed = text.replace("cooling_loop: {fmu: CoolingLoop}", f"cooling_loop: {part}")
        assert changed != text
        (folder / "site.yaml").write_text(changed, "utf-8")
        return folder

    return write


def test_a_structure_is_built_beside_the_site_and_runs_there(site):
    folder = site("{fmu: CoolingLoop, structure: {tank_layers: 6}}")
    before = RUN.invoke(app, ["check", str(folder)])
    assert isinstance(before.exception, BadInput)
    assert "`hukka fmu build --site mantsala` makes it" in str(before.exception)
    built = RUN.invoke(app, ["fmu", "build", "--site", str(folder)])
    assert built.exit_code == 0, built.output
    path = load_site(str(folder)).fmu_path("cooling_loop")
    assert path.parent == folder / "built"
    assert path.name in built.output
    assert RUN.invoke(app, ["check", str(folder)]).exit_code == 0
    again = path.stat().st_mtime_ns
    assert RUN.invoke(app, ["fmu", "build", "--site", str(folder)]).exit_code == 0
    assert path.stat().st_mtime_ns == again


def test_another_structure_is_another_file(site):
    six = load_site(str(site("{fmu: CoolingLoop, structure: {tank_layers: 6}}")))
    names = {six.fmu_path("cooling_loop").name}
    seven = load_site(str(site("{fmu: CoolingLoop, structure: {tank_layers: 7}}")))
    names |= {seven.fmu_path("cooling_loop").name, seven.fmu_path("heat_pump").name}
    assert len(names) == 3


@pytest.mark.parametrize(
    ("part", "message"),
    [
        (
            "{fmu: CoolingLoop, structure: {tank_layer: 6}}",
            r"site\.yaml:\d+ plant\.parts\.cooling_loop\.structure: unknown key 'tank_layer',"
            r" did you mean 'tank_layers'\?",
        ),
        (
            "{fmu: CoolingLoop, structure: {tank_layers: 60}}",
            r"site\.yaml:\d+ plant\.parts\.cooling_loop\.structure\.tank_layers = 60: must be ≤ 10",
        ),
        (
            "{fmu: CoolingLop, structure: {tank_layers: 6}}",
            r"site\.yaml:\d+ plant\.parts\.cooling_loop\.fmu: unknown model 'CoolingLop',"
            r" did you mean 'CoolingLoop'\?",
        ),
        (
            "{fmu: SmoothPipe, structure: {tank_layers: 6}}",
            r"site\.yaml:\d+ plant\.parts\.cooling_loop\.structure: unknown key 'tank_layers';"
            r" known: cells",
        ),
    ],
)
def test_mistakes_of_a_structure_are_refused_before_anything_is_built(site, part, message):
    folder = site(part)
    refused = RUN.invoke(app, ["fmu", "build", "--site", str(folder)])
    assert isinstance(refused.exception, BadInput)
    with pytest.raises(BadInput, match=message):
        raise refused.exception
    assert not (folder / "built").exists()
