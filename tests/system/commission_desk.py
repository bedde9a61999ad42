"""`hukka commission` as a process of its own, and what it left in its folder."""

import json
import os
import subprocess
import sys


def command(*words, paper=False):
    """Without a PDF, which takes seconds, unless it is wanted."""
    drawn = ["--pdf" if paper else "--no-pdf"]
    return [sys.executable, "-m", "hil.cli", "commission", *map(str, words), *drawn]


def commission(*words, paper=False, **more):
    """Exit code, the JSON object (None without one), and what was said on stderr."""
    given = command(*words, paper=paper)
    done = subprocess.run(
        given, capture_output=True, text=True, check=False, env=environment(), **more
    )
    lines = done.stdout.splitlines()
    return done.returncode, json.loads(lines[-1]) if lines else None, done.stderr


def environment():
    return {**os.environ, "OPENBLAS_NUM_THREADS": "1"}


def record_of(folder):
    return [json.loads(line) for line in (folder / "commission.jsonl").read_text().splitlines()]


def verdicts(folder):
    """Verdict of each block, by its key."""
    ends = [line["end"] for line in record_of(folder) if "end" in line]
    return {f"{e['procedure']}@{e['controller']}/{e['block']}": e["verdict"] for e in ends}
