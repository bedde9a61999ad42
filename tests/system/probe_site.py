"""A site of two probes, FMUs that misbehave on demand; the second one is fed by the first."""

import subprocess
import sys
from pathlib import Path

from bench_processes import ROOT

SITE = """\
site: probes
title: Two probes, of which the second one is bad
plant:
  parts:
    good: {fmu: probe2.fmu}
    bad: {fmu: probe2.fmu}
  connections: [good.y -> bad.u]
boundary:
  good.u: {source: constant, value: 300 K}
signals:
  good.y: {unit: K, noise: 0.01}
  bad.y: {unit: K, noise: 0.01}
twin:
  bad:
    boundary: {u: good.y}
    watch: {y: {band: 1 K}}
"""


def build_probes(folder: Path) -> Path:
    """The folder, with the probes in it."""
    builder = ROOT / "tests/unit/plant/probe_fmu.py"
    subprocess.run([sys.executable, builder, folder], check=True)
    return folder


def probe_site(folder: Path, fmi: int = 2) -> Path:
    """A site file beside the probes."""
    path = folder / f"probes{fmi}.yaml"
    path.write_text(SITE.replace("probe2.fmu", f"probe{fmi}.fmu"))
    return path
