"""`hukka commission` as a process of its own, and what it left in its folder."""

import json
import os
import subprocess
import sys

from bench_processes import ROOT, hukka

QUICK = ("--pace", "real", "--settle", "1s", "--warmup", "5m")
"""Options of a run in real time that does not wait for long."""


def command(*words, paper=False):
    """Without a PDF, which takes seconds, unless it is wanted; a checkout draws none."""
    drawn = [] if words[:1] == ("points",) else ["--pdf" if paper else "--no-pdf"]
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


def procedure(folder, text):
    file = folder / "own.yaml"
    file.write_text(text)
    return file


def registers(where, *names):
    """Values of points of the cooling loop that serves at `where`."""
    points = [word for name in names for word in ("--point", name)]
    map_ = ROOT / "firmware_sim/maps/cooling_loop.csv"
    done = hukka("io", "read", f"tcp://{where}", "--map", map_, *points, "--json")
    assert done.returncode == 0, done.stderr
    values = {row["name"]: row["value"] for row in json.loads(done.stdout)["values"]}
    return [values[name] for name in names]
