"""The how-to about FMUs of others is true, with FMUs that another exporter made."""

from pathlib import Path

import pytest
from docs_shell import ROOT, run_steps, steps, work_folder, write_files

pytest.importorskip("pythonfmu3")

PAGE = (ROOT / "docs" / "how-to" / "foreign-fmu.md").read_text(encoding="utf-8")


def test_every_step_says_what_the_page_shows(tmp_path: Path) -> None:
    with work_folder(tmp_path) as shell:
        write_files(PAGE, shell.folder)
        assert (shell.folder / "buffer.py").is_file()
        skipped = run_steps(shell, PAGE)
    if skipped:
        pytest.skip(f"all steps but those of {', '.join(sorted(set(skipped)))} hold")


def test_the_page_has_steps() -> None:
    assert sum(step.command.startswith("hukka ") for step in steps(PAGE)) >= 4
