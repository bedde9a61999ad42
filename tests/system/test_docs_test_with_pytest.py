"""The how-to about pytest is true, and its tests find controllers that are broken on purpose."""

from pathlib import Path

import pytest
from commission_mutants import MUTANTS
from docs_shell import ROOT, run_steps, steps, work_folder, write_files
from plugin_desk import ADDOPTS, WARM, run

PAGE = (ROOT / "docs" / "how-to" / "test-with-pytest.md").read_text(encoding="utf-8")
BEFORE, AFTER = PAGE.split("## So that nobody types options")

PLAYER = """
import sys

sys.path.insert(0, {here!r})
from commission_mutants import MUTANTS, player

make = player(MUTANTS[{number}])
"""


def test_every_step_says_what_the_page_shows(tmp_path: Path) -> None:
    with work_folder(tmp_path) as shell:
        shell.environment["PYTEST_ADDOPTS"] = ADDOPTS
        write_files(BEFORE, shell.folder)
        assert run_steps(shell, BEFORE) == []
        write_files(AFTER, shell.folder)
        assert run_steps(shell, AFTER) == []


def test_the_page_has_steps() -> None:
    commands = [step.command for step in steps(PAGE)]
    assert len(commands) == 5
    assert all(command.startswith("pytest ") for command in commands)


@pytest.mark.parametrize(
    ("new", "found"),
    [
        ("if alarms.no_flow:", {"test_cold_source_stops_the_compressor", "test_shipped_procedure"}),
        (
            "return curve(line, T_outdoor)",
            {f"test_supply_stays_below_its_limit[{highest}]" for highest in (70, 75)},
        ),
        (
            "return False",
            {"test_silence_is_noticed[heat_pump]", "test_heat_pump_comes_back_after_a_cut"},
        ),
    ],
)
def test_a_broken_controller_is_found(new: str, found: set[str], tmp_path: Path) -> None:
    number = next(i for i, m in enumerate(MUTANTS) if m.of == "heat_pump" and m.new == new)
    write_files(BEFORE, tmp_path)
    broken = PLAYER.format(here=str(Path(__file__).parent), number=number)
    ran = run(tmp_path, *WARM, "--hukka-play", "broken:make", broken=broken)
    assert ran.code == 1, ran.said
    assert {name for name, outcome in ran.outcomes.items() if outcome == "failed"} == found
