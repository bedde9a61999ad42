"""A whole site's observers on rows of its own plant: quiet without a fault, as told with one."""

from collections.abc import Sequence

import numpy as np
import pytest
from observed import PERIOD_NS, Rows, observing, rows_of

from hil.bench.layout import layout_of
from twin.estimation.step import STEP_NS, Step
from twin.observers.gate import BEGIN_NS, OUTSIDE, RIDE_NS
from twin.site import Site, load_site

STEP_ROWS = STEP_NS // PERIOD_NS
MINUTE_NS = 60_000_000_000


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site("mantsala")


@pytest.fixture(scope="module")
def healthy(site: Site) -> Rows:
    return rows_of(site, 3.0)


def steps_of(site: Site, rows: Rows) -> list[Step]:
    with observing(site) as observer:
        return observer.follow(*rows)


def as_bytes(steps: Sequence[Step]) -> list[tuple[bytes, ...]]:
    return [
        (s.innovation.tobytes(), s.variance.tobytes(), s.signature.tobytes(), s.usable.tobytes())
        for s in steps
    ]


def test_where_blocks_end_changes_no_bit(site: Site, healthy: Rows) -> None:
    whole = steps_of(site, healthy)
    rng = np.random.default_rng(3)
    cuts = np.sort(rng.choice(len(healthy[0]), 40, replace=False))
    with observing(site) as observer:
        pieces = [
            step
            for begin, end in zip([0, *cuts], [*cuts, len(healthy[0])], strict=True)
            for step in observer.follow(*(column[begin:end] for column in healthy))
        ]
    assert len(whole) == len(healthy[0]) // STEP_ROWS
    assert as_bytes(pieces) == as_bytes(whole)


def test_a_healthy_plant_gives_small_innovations(site: Site, healthy: Rows) -> None:
    steps = steps_of(site, healthy)
    usable = np.array([s.usable for s in steps])
    first = BEGIN_NS // STEP_NS
    assert not usable[:first].any()
    assert usable[first + 1 :].all()
    late = np.array([s.innovation for s in steps])[72:]
    # ten minutes are what a verdict is made of at the least
    means = late[: len(late) // 6 * 6].reshape(-1, 6, late.shape[1]).mean(axis=1)
    assert (np.abs(means) < 0.5 * np.array(_bands(site))).all()


def _bands(site: Site) -> list[float]:
    bands = [w.band for told in site.twin.values() for w in told.watch.values()]
    return [b.difference_in(_si(b.unit)) for b in bands]


def _si(unit: str) -> str:
    return {"kW": "W"}.get(unit, unit)


@pytest.mark.parametrize(
    ("fault", "size", "signal"),
    [
        ("heat_pump.condenser_fouling", 0.05, "heat_pump.T_condensing"),
        ("cooling_loop.pump_wear", 0.05, "cooling_loop.m_facility"),
        ("heat_pump.T_sink_out.bias", 0.5, "district_network.T_supply"),
        ("district_network.substation_fouling", 0.05, "district_network.T_return"),
    ],
)
def test_a_fault_shows_as_its_signature_says(
    site: Site, healthy: Rows, fault: str, size: float, signal: str
) -> None:
    """A wrong reading also in the part that is fed with it: the network's supply."""
    steps = steps_of(site, rows_of(site, 3.0, f"{fault}={size}@1s"))[108:]
    without = steps_of(site, healthy)[108:]
    with observing(site) as observer:
        j = [h.name for h in observer.hypotheses].index(fault)
        i = observer.watched.index(signal)
    shift = np.mean(
        [a.innovation[i] - b.innovation[i] for a, b in zip(steps, without, strict=True)]
    )
    told = np.mean([s.signature[i, j] for s in steps]) * size
    assert abs(told) > 0.2
    assert shift == pytest.approx(told, rel=0.25)


def without(rows: Rows, gone: slice) -> Rows:
    return [np.delete(column, gone, axis=0) for column in rows]


def test_after_a_long_gap_it_begins_anew(site: Site, healthy: Rows) -> None:
    gone = slice(40, 41 + RIDE_NS // PERIOD_NS)
    with observing(site) as observer:
        steps = observer.follow(*without(healthy, gone))
        assert not observer.reasons()
    judged = [s.t_ns for s in steps if s.usable.any()]
    assert 0 <= judged[0] - healthy[0][gone.stop] - BEGIN_NS < 2 * STEP_NS
    assert steps[-1].usable.all()
    whole = {s.t_ns: s for s in steps_of(site, healthy)}
    before = [s for s in steps if s.t_ns < healthy[0][40]]
    assert as_bytes(before) == as_bytes([whole[s.t_ns] for s in before])


def test_a_short_gap_is_ridden_through(site: Site, healthy: Rows) -> None:
    """As many Steps as without it; blind for a while, then as if nothing had happened."""
    gone = slice(1500, 1512)  # 2 min
    holed = without(healthy, gone)
    with observing(site) as observer:
        steps = observer.follow(*holed)
    with observing(site) as observer:  # cut just where rows are missing, and elsewhere
        parts = [(0, 1000), (1000, 1500), (1500, 1503), (1503, len(holed[0]))]
        pieces = [s for a, b in parts for s in observer.follow(*(c[a:b] for c in holed))]
    assert as_bytes(pieces) == as_bytes(steps)
    whole = steps_of(site, healthy)
    assert [s.t_ns for s in steps] == [s.t_ns for s in whole]
    end_ns = healthy[0][gone.stop]
    blind = [i for i, s in enumerate(steps) if s.t_ns >= end_ns and not s.usable.all()]
    back = blind[-1] + 1
    assert 18 <= (steps[back].t_ns - end_ns) / MINUTE_NS <= 24
    assert blind == list(range(blind[0], back))
    assert all(not steps[i].usable.any() for i in blind)
    assert steps[-1].usable.all()
    band = np.array(_bands(site))
    late = [abs(a.innovation - b.innovation) / band for a, b in zip(steps, whole, strict=True)]
    assert np.max(late[back:]) < 1.0
    assert np.mean(late[back:]) < 0.05


def test_rows_again_or_from_the_past_are_left_out(site: Site, healthy: Rows) -> None:
    first = [column[:600] for column in healthy]
    muddled = [np.concatenate([c[:300], c[280:300], c[299:600]]) for c in first]
    with observing(site) as observer:
        steps = observer.follow(*muddled)
    with observing(site) as observer:
        pieces = [*observer.follow(*(c[:310] for c in muddled))]
        pieces += observer.follow(*(c[310:] for c in muddled))
    assert as_bytes(steps) == as_bytes(pieces) == as_bytes(steps_of(site, first))


def test_an_input_that_is_late_for_minutes_blinds_its_part_for_a_while(
    site: Site, healthy: Rows
) -> None:
    rows = [column.copy() for column in healthy]
    rows[2][1500:1512, layout_of(site).signal("heat_pump.T_sink_out")] = False
    steps = steps_of(site, rows)
    usable = np.array([s.usable for s in steps])
    watched = [f"{p}.{n}" for p, told in site.twin.items() for n in told.watch]
    network = [name.startswith("district_network.") for name in watched]
    blind = ~usable[150:, network].any(axis=1)
    assert 18 <= blind.sum() * STEP_NS / MINUTE_NS <= 26
    assert usable[-1].all()
    others = [not n and w != "heat_pump.T_sink_out" for n, w in zip(network, watched, strict=True)]
    assert usable[150:, others].all()


def test_a_model_outside_its_validity_is_not_judged(site: Site, healthy: Rows) -> None:
    rows = [column.copy() for column in healthy]
    rows[1][1500:, layout_of(site).signal("district_network.T_outdoor")] = 273.15 + 42.0
    with observing(site) as observer:
        before = observer.follow(*(column[:1500] for column in rows))
        assert not observer.reasons()
        after = observer.follow(*(column[1500:] for column in rows))
        assert observer.reasons() == {"district_network": OUTSIDE}
        watched = observer.watched
    assert before[-1].usable.all()
    network = np.array([name.startswith("district_network.") for name in watched])
    assert not after[-1].usable[network].any()
    assert after[-1].usable[~network].all()


def test_what_is_not_read_is_not_judged(site: Site, healthy: Rows) -> None:
    rows = [column.copy() for column in healthy]
    layout = layout_of(site)
    rows[2][1200:, layout.signal("heat_pump.T_condensing")] = False  # watched by nobody else
    rows[2][1200:, layout.signal("heat_pump.T_sink_out")] = False  # input of the network
    steps = steps_of(site, rows)
    watched = [f"{p}.{n}" for p, told in site.twin.items() for n in told.watch]
    last = steps[-1]
    lost = {name for name, usable in zip(watched, last.usable, strict=True) if not usable}
    network = {name for name in watched if name.startswith("district_network.")}
    assert lost == {"heat_pump.T_condensing", "heat_pump.T_sink_out"} | network
    assert np.isnan(last.innovation[watched.index("heat_pump.T_condensing")])


def test_inputs_that_a_model_cannot_bear_cost_a_restart(site: Site, healthy: Rows) -> None:
    rows = [column.copy() for column in healthy]
    column = layout_of(site).signal("cooling_loop.P_it")
    rows[1][60:72, column] = 1e300
    with observing(site) as observer:
        steps = observer.follow(*rows)
        assert set(observer.restarts) == {"cooling_loop"}
    assert len(steps) == len(rows[0]) // STEP_ROWS
    assert steps[-1].usable.all()


def test_what_is_distrusted_is_as_if_it_were_not_read(site: Site, healthy: Rows) -> None:
    name = "cooling_loop.T_source"
    i, half = list(site.signals).index(name), len(healthy[0]) // STEP_ROWS // 2 * STEP_ROWS
    frozen, dead = (healthy[1].copy(), healthy[2].copy())
    frozen[half:, i], dead[half:, i] = frozen[half - 1, i], False
    first = tuple(column[:half] for column in healthy)
    t_ns, measured, good, commands, commanded = (
        column[half:] for column in (healthy[0], frozen, healthy[2], *healthy[3:])
    )
    with observing(site) as observer:
        observer.follow(*first)
        observer.distrust({name})
        distrusted = observer.follow(t_ns, measured, good, commands, commanded)
        owner = np.array([s.partition(".")[0] for s in observer.watched])
        own = np.array([s == name for s in observer.watched])
        observer.distrust(())
        again = observer.follow(t_ns + len(t_ns) * PERIOD_NS, measured, good, commands, commanded)
    with observing(site) as other:
        other.follow(*first)
        unread = other.follow(t_ns, measured, dead[half:], commands, commanded)
    assert as_bytes(distrusted) == as_bytes(unread)
    usable = np.array([s.usable for s in distrusted])
    assert not usable[:, own | (owner == "heat_pump")].any()
    assert usable[-1, (owner == "cooling_loop") & ~own].all()
    said, silent = distrusted[-1].readings, unread[-1].readings
    assert said is not None
    assert silent is not None
    assert (said.heard[i], said.mean[i], silent.heard[i]) == (1.0, frozen[-1, i], 0.0)
    assert again[-1].usable[own].all()
