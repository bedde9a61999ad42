"""A site of two probes, FMUs that misbehave on demand; the second one is fed by the first."""

import subprocess
import sys
import zipfile
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
    _in_kelvin(folder / "probe3.fmu")
    return folder


def _in_kelvin(fmu: Path) -> None:
    """Rewrite the probe that speaks degC, which a network may hold but a site may not."""
    with zipfile.ZipFile(fmu) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    description = members["modelDescription.xml"].replace(b'<Unit name="degC"/>', b"")
    members["modelDescription.xml"] = description.replace(b"degC", b"K")
    with zipfile.ZipFile(fmu, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)


def probe_site(folder: Path, fmi: int = 2) -> Path:
    """A site file beside the probes."""
    path = folder / f"probes{fmi}.yaml"
    path.write_text(SITE.replace("probe2.fmu", f"probe{fmi}.fmu"))
    return path
