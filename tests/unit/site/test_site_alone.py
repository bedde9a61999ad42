"""What a model that no reading leads may be off by, beside the error of one that readings lead."""

import pytest

from twin.observers.hypotheses import band_alone_of, band_of
from twin.site import list_sites, load_site


@pytest.mark.parametrize("name", list_sites())
def test_only_what_is_told_to_be_wider_is(name):
    site = load_site(name)
    told = {
        f"{part}.{signal}": watch.alone.difference_in("K" if signal[0] == "T" else "kg/s")
        for part, of in site.twin.items()
        for signal, watch in of.watch.items()
        if watch.alone is not None
    }
    watched = [f"{part}.{signal}" for part, of in site.twin.items() for signal in of.watch]
    assert {s: band_alone_of(site, s) for s in watched} == {
        s: told.get(s, band_of(site, s)) for s in watched
    }
    assert all(band_alone_of(site, s) > band_of(site, s) for s in told)


def test_the_loop_of_hamina_runs_away_by_itself():
    site = load_site("hamina")
    wide = ("cooling_loop.T_supply", "cooling_loop.m_facility")
    assert [band_of(site, s) for s in wide] == pytest.approx([0.8, 7.0])
    assert [band_alone_of(site, s) for s in wide] == pytest.approx([3.0, 90.0])
