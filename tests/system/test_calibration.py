"""Calibration of real models on rows of plants that are not quite those models."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from hil.bench.direct.plant_rows import Span, plant_rows
from hil.bench.direct.variant import SensorError, Variant
from hil.campaign.draw import draw_plant, true_structures
from hil.campaign.plant import variant_of
from hil.campaign.work import PERIOD_NS, campaign_site
from hil.cli.structures import built_with
from hil.replay.calibrate import DAY_NS, DAYS, Excerpt, calibrated
from twin.observers.calibrate import Calibration
from twin.observers.gaps import Rows
from twin.site import Site, load_site, parse_fault

OFF = {
    "cooling_loop.m_facility_nominal": 1.04,
    "heat_pump.UA_condenser": 0.93,
    "heat_pump.UA_evaporator": 1.06,
    "heat_pump.eta_carnot": 0.97,
    "district_network.UA_substations": 1.07,
}
"""Parameter: share of its design value that the plant has."""


def pieces(site: Site, variant: Variant, days: float, *faults: str) -> Iterator[Rows]:
    events = [parse_fault(f, site) for f in faults]
    for rows in plant_rows(site, variant, Span(round(days * DAY_NS)), 1, events):
        yield Rows.like(rows).of(rows.t_ns > 0)


def plant_off(site: Site) -> Variant:
    design = {"heat_pump.eta_carnot": 0.588, "heat_pump.UA_condenser": 239500.0}
    design |= {"heat_pump.UA_evaporator": 349e3, "district_network.UA_substations": 580e3}
    design |= {"cooling_loop.m_facility_nominal": 130.0}
    return Variant(
        parameters={name: design[name] * share for name, share in OFF.items()},
        sensors={
            "heat_pump.T_condensing": SensorError(offset=0.12),
            "cooling_loop.T_supply": SensorError(offset=-0.12),
            "district_network.T_return": SensorError(offset=0.1),
        },
    )


@pytest.mark.timeout(600)
def test_parameters_of_a_plant_come_back() -> None:
    site = load_site("mantsala")
    told = calibrated(site, PERIOD_NS, pieces(site, plant_off(site), 4.0))
    fits = {f.parameter.name: f for f in told.fits}
    assert told.present == ()
    for name, share in OFF.items():
        fit = fits[name]
        assert fit.low <= share * fit.parameter.design <= fit.high, name
    for name in ("heat_pump.UA_condenser", "heat_pump.eta_carnot"):
        assert fits[name].identifiable
        assert fits[name].value / fits[name].parameter.design == pytest.approx(OFF[name], abs=0.03)
    # the ground hardly moves in a day, and its temperature wanders by itself
    assert not fits["district_network.k_soil"].identifiable
    assert "district_network.k_soil" not in told.values


def drawn(site: Site, fmus: dict[str, Path], *faults: str) -> Calibration:
    spec = draw_plant(site, 1, 1, fmus)
    # three days of a week are too few; five of four weeks are enough
    variant = variant_of(site, spec, fmus, spec.seed, 28.0, set())
    return calibrated(site, PERIOD_NS, pieces(site, variant, 28.0, *faults))


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_fouling_that_was_there_is_named_and_another_heat_pump_is_not() -> None:
    """The plant has a refrigerant cycle and sharp pipes where the models have a map and smooth
    ones, conductances within 8 %, sensors that are off."""
    site = campaign_site("mantsala")
    fmus = built_with(site, true_structures(site))
    assert drawn(site, fmus).present == ()
    told = drawn(site, fmus, "heat_pump.condenser_fouling=0.3@0s")
    assert [p.fault for p in told.present] == ["heat_pump.condenser_fouling"]
    assert told.present[0].size == pytest.approx(0.3, abs=0.12)
    assert "heat_pump.UA_condenser" not in told.values


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_fouling_of_a_part_with_few_signals_is_named() -> None:
    """Four signals and five days: its evidence is large, and so is what it leaves without it."""
    site = campaign_site("mantsala")
    fouled = Variant(parameters={"district_network.substation_fouling": 0.3})
    told = calibrated(site, PERIOD_NS, pieces(site, fouled, 14.0))
    assert [p.fault for p in told.present] == ["district_network.substation_fouling"]
    assert told.present[0].size == pytest.approx(0.3, abs=0.1)
    assert not any(f.at_bound for f in told.fits)


def days_of(t_ns: Sequence[int]) -> list[int]:
    excerpt, t = Excerpt(), np.array(t_ns, np.int64)
    for at in range(0, len(t), 7):
        cut = t[at : at + 7]
        some = np.ones((len(cut), 2))
        excerpt.take(Rows(cut, some, some > 0, some, some > 0))
    kept = np.concatenate([piece.t_ns for piece in excerpt.pieces])
    assert (np.diff(kept) > 0).all()
    return sorted({int(n) for n in (kept - 1) // DAY_NS})


@pytest.mark.parametrize(
    ("days", "kept"),
    [(1, [0]), (14, [0, 3, 6, 9, 12]), (28, [0, 6, 12, 18, 24]), (365, None)],
)
def test_whole_days_evenly_spread_are_kept(days: int, kept: list[int] | None) -> None:
    hours = [(k + 1) * DAY_NS // 24 for k in range(24 * days)]
    found = days_of(hours)
    assert found == kept or kept is None
    assert 0.5 * DAYS <= len(found) <= DAYS or days < 12
    assert len(set(np.diff(found))) <= 1
