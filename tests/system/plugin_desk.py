"""`pytest --hukka-site ...` as a process of its own, and what it said of each test."""

import os
import subprocess
import sys
from dataclasses import dataclass
from xml.etree import ElementTree

# by name, so that it is this tree's plugin whatever is installed, and only once
ADDOPTS = "-p no:hukka -p hil.pytest_plugin -p no:cacheprovider"
WARM = ("--hukka-site", "mantsala", "--hukka-warmup", "20m")


@dataclass(frozen=True)
class Case:
    """A test in the JUnit file."""

    outcome: str
    message: str
    text: str
    properties: dict[str, list[str]]


@dataclass(frozen=True)
class Ran:
    """A session."""

    code: int
    said: str
    cases: dict[str, Case]

    @property
    def outcomes(self):
        return {name: case.outcome for name, case in self.cases.items()}


def run(folder, *options, **files):
    """Write `files` (NAME.py each) into `folder` and run pytest there."""
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    junit = folder / "out.xml"
    junit.unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *ADDOPTS.split(), f"--junitxml={junit}",
         f"--basetemp={folder / 'temp'}", "--tb=short", *map(str, options)],
        cwd=folder, capture_output=True, text=True, check=False, timeout=240,
        env={**os.environ, "COLUMNS": "200", "PYTEST_ADDOPTS": ""},
    )  # fmt: skip
    cases = dict(_cases(junit)) if junit.exists() else {}
    return Ran(done.returncode, done.stdout + done.stderr, cases)


def _cases(junit):
    for case in ElementTree.parse(junit).getroot().iter("testcase"):
        properties = {}
        for p in case.iter("property"):
            properties.setdefault(p.get("name"), []).append(p.get("value"))
        bad = next(
            (case.find(k) for k in ("failure", "error", "skipped") if case.find(k) is not None),
            None,
        )
        outcome = "passed" if bad is None else {"failure": "failed"}.get(bad.tag, bad.tag)
        message = "" if bad is None else bad.get("message", "")
        yield (
            case.get("name"),
            Case(outcome, message, (bad is not None and bad.text) or "", properties),
        )
