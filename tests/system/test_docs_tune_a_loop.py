"""The how-to about tuning a loop is true."""

from pathlib import Path

from docs_shell import ROOT, run_steps, steps, work_folder, write_files

PAGE = (ROOT / "docs" / "how-to" / "tune-a-loop.md").read_text(encoding="utf-8")


def test_every_step_says_what_the_page_shows(tmp_path: Path) -> None:
    with work_folder(tmp_path) as shell:
        write_files(PAGE, shell.folder)
        assert run_steps(shell, PAGE) == []


def test_the_page_has_steps() -> None:
    commands = [step.command for step in steps(PAGE)]
    assert sum(command.startswith("hukka commission loops ") for command in commands) == 3
