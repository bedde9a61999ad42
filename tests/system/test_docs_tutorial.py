"""The tutorial is true: its commands run as they stand, and say what it says they say."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from docs_shell import Shell, differences, run_steps, steps, work_folder

ROOT = Path(__file__).resolve().parents[2]
TUTORIAL = ROOT / "docs" / "tutorial.md"


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    with work_folder(tmp_path) as shell:
        yield shell


@pytest.mark.timeout(900)  # all of the tutorial's runs in one test, on a machine with other work
def test_every_step_says_what_the_tutorial_shows(shell: Shell) -> None:
    skipped = run_steps(shell, TUTORIAL.read_text(encoding="utf-8"))
    if skipped:
        pytest.skip(f"all steps but those of {', '.join(sorted(set(skipped)))} hold")


def test_the_tutorial_has_steps() -> None:
    found = steps(TUTORIAL.read_text(encoding="utf-8"))
    assert sum(step.command.startswith("hukka ") for step in found) >= 10


@pytest.mark.parametrize(
    ("expected", "printed", "fits"),
    [
        (["a", "b"], ["a", "b", "c"], True),
        (["a", "...", "c"], ["a", "b", "b", "c"], True),
        (["a ... c"], ["a b c"], True),
        (["x 2.0"], ["x 2.05"], True),
        (["x 2.0"], ["x 2.2"], False),
        (["x 2"], ["x 3"], False),
        (["a"], ["b"], False),
        (["a"], [], False),
        (["...", "c"], ["a", "b"], False),
    ],
)
def test_what_counts_as_the_same(expected: list[str], printed: list[str], fits: bool) -> None:
    assert (differences(expected, printed) == []) is fits
