"""Observers of FMUs that give no derivatives: what they say is what those with derivatives say."""

import sys
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from observed import PERIOD_NS, observing, rows_of

sys.path.insert(0, str(Path(__file__).parent.parent / "plant"))

from lesser_fmu import without_derivatives

from hil.bench.layout import layout_of
from twin.observers.site_observer import SiteObserver
from twin.plant.fmu import Running, open_fmu
from twin.site import load_site


@pytest.mark.timeout(300)
def test_a_site_without_derivatives_gives_the_same_steps(tmp_path: Path) -> None:
    site = load_site("mantsala")
    rows = rows_of(site, 1.0)
    with observing(site) as observer:
        expected = observer.follow(*rows)
    layout, running = layout_of(site), Running(interface="model_exchange")
    with ExitStack() as stack:
        files = {}
        for part in site.plant.parts:
            path = without_derivatives(site.fmu_path(part), tmp_path / f"{part}.fmu")
            files[part] = stack.enter_context(open_fmu(path, running=running))
        names = layout.signals, layout.commands
        observer = stack.enter_context(SiteObserver(site, files, *names, PERIOD_NS))
        found = observer.follow(*rows)
        assert observer.restarts == {}
        # a command at its limit has another slope on each side, and the derivatives of hukka's FMUs
        # are between them; what they say of an actuator off its command differs by that
        sided = np.array([h.kind == "actuator" for h in observer.hypotheses])
        pump = np.array([name.startswith("heat_pump.") for name in observer.outputs])
    found, expected = found[30:], expected[30:]
    sigma = np.sqrt([s.variance for s in expected])
    off = np.array([a.innovation - b.innovation for a, b in zip(found, expected, strict=True)])
    assert np.abs(off / sigma).max() < 1e-3
    variance = np.array([s.variance for s in found]) / sigma**2
    assert variance[:, ~pump] == pytest.approx(1.0, abs=1e-3)
    # a covariance counts as settled while the last of a cold start with that slope is still in it
    assert variance[-1, pump] == pytest.approx(1.0, abs=0.3)
    told = np.array([s.signature for s in expected])[:, :, ~sided]
    scale = np.abs(told).max(axis=(0, 2))[:, None]
    away = np.abs(np.array([s.signature for s in found])[:, :, ~sided] - told) / scale
    assert away.max() < 2e-2
