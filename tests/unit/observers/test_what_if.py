"""A site's models run again over what they were given, with a fault in them."""

import numpy as np
import pytest
from numpy.typing import NDArray
from observed import HOUR_NS, Rows, observing, rows_of

from twin.diagnosis.refine import Shift
from twin.estimation.step import Step
from twin.observers.record import EVERY_NS, REACH_NS, Given, Record
from twin.site import Site, load_site

SECOND_NS = 1_000_000_000
MINUTE_NS = 60 * SECOND_NS
HOURS = 6
END_NS = HOURS * HOUR_NS
ONSET_NS = 9 * HOUR_NS // 2


@pytest.fixture(scope="module")
def site() -> Site:
    return load_site("mantsala")


@pytest.fixture(scope="module")
def healthy(site: Site) -> Rows:
    return rows_of(site, HOURS)


def judged(steps: list[Step], shift: Shift) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Innovations as they were, and as they would have been, of the shift's minutes."""
    by_time = {s.t_ns: s.innovation for s in steps}
    was = np.array([by_time[int(t)] for t in shift.t_ns])
    return was, was - shift.shift


@pytest.mark.parametrize(
    ("fault", "size"),
    [
        ("heat_pump.condenser_fouling", 0.3),
        ("cooling_loop.cdu_fouling", 0.3),
        ("district_network.substation_fouling", 0.3),
        ("heat_pump.compressor_wear", 0.2),
        ("cooling_loop.pump_wear", 0.3),
        ("heat_pump.T_sink_out.bias", 2.0),
    ],
)
def test_models_that_know_the_fault_expect_what_was_seen(
    site: Site, healthy: Rows, fault: str, size: float
) -> None:
    """Of a plant equal to the model nothing is left, however large the fault is."""
    rows = rows_of(site, HOURS, f"{fault}={size}@{ONSET_NS // 1_000_000_000}s")
    with observing(site) as observer:
        steps = observer.follow(*rows)
        shift = observer.what_if().shift(fault, size, ONSET_NS, END_NS)
    assert shift is not None
    assert shift.known_ns == ONSET_NS
    with observing(site) as observer:
        without = {s.t_ns: s.innovation for s in observer.follow(*healthy)}
    was, would = judged(steps, shift)
    late = shift.t_ns > ONSET_NS + 10 * MINUTE_NS
    normal = np.array([without[int(t)] for t in shift.t_ns])
    bands = np.array([_band(site, name) for name in observer.watched])
    left = np.abs(np.nanmean((would - normal)[late], axis=0)) / bands
    seen = np.abs(np.nanmean((was - normal)[late], axis=0)) / bands
    assert seen.max() > 0.5
    assert left.max() < 0.1 * seen.max()


def _band(site: Site, name: str) -> float:
    part, _, variable = name.partition(".")
    band = site.twin[part].watch[variable].band
    return band.difference_in({"kW": "W"}.get(band.unit, band.unit))


def test_before_the_onset_nothing_differs_and_other_parts_never_do(
    site: Site, healthy: Rows
) -> None:
    with observing(site) as observer:
        observer.follow(*healthy)
        shift = observer.what_if().shift("cooling_loop.cdu_fouling", 0.2, ONSET_NS, END_NS)
    assert shift is not None
    before = shift.t_ns <= ONSET_NS
    assert before.sum() >= 12
    assert (shift.shift[before] == 0.0).all()
    own = np.array([name.startswith("cooling_loop.") for name in observer.watched])
    assert (shift.shift[:, ~own] == 0.0).all()
    assert np.abs(shift.shift[~before][:, own]).max() > 0.1


def test_of_a_small_fault_it_is_the_signature(site: Site, healthy: Rows) -> None:
    """From the model's begin on, so that the filter's own recursion has seen the same."""
    with observing(site) as observer:
        steps = {s.t_ns: s for s in observer.follow(*healthy)}
        what_if = observer.what_if()
        for fault, size in (
            ("heat_pump.condenser_fouling", 1e-3),
            ("cooling_loop.u_pump.offset", 1e-3),
        ):
            j = [h.name for h in observer.hypotheses].index(fault)
            shift = what_if.shift(fault, size, 0, END_NS)
            assert shift is not None
            last = slice(-36, None)
            told = np.mean([steps[int(t)].signature[:, j] for t in shift.t_ns[last]], axis=0)
            found = np.nanmean(shift.shift[last], axis=0) / size
            assert found == pytest.approx(told, rel=0.1, abs=0.02 * np.abs(told).max())


def test_asking_disturbs_nobody_and_cuts_change_nothing(site: Site, healthy: Rows) -> None:
    asked_ns = 5 * HOUR_NS
    question = ("heat_pump.condenser_fouling", 0.2, ONSET_NS, asked_ns)

    def asked(cut: int) -> tuple[bytes, list[bytes]]:
        answer, after = b"", []
        with observing(site) as observer:
            what_if = observer.what_if()
            for begin in range(0, len(healthy[0]), cut):
                piece = [column[begin : begin + cut] for column in healthy]
                for step in observer.each(*piece):
                    if step.t_ns == asked_ns:
                        shift = what_if.shift(*question)
                        assert shift is not None
                        answer = shift.shift.tobytes()
                    after.append(step.innovation.tobytes())
        return answer, after

    with observing(site) as observer:
        alone = [s.innovation.tobytes() for s in observer.follow(*healthy)]
    whole, pieces = asked(len(healthy[0])), asked(77)
    assert whole == pieces
    assert whole[1] == alone


def test_a_size_that_no_model_bears_has_no_answer(site: Site, healthy: Rows) -> None:
    with observing(site) as observer:
        observer.follow(*healthy)
        what_if = observer.what_if()
        assert what_if.shift("cooling_loop.P_it.bias", 1e300, ONSET_NS, END_NS) is None
        assert what_if.shift("nobody.knows", 1.0, ONSET_NS, END_NS) is None


def test_of_a_model_that_has_only_just_begun_nothing_is_known(site: Site, healthy: Rows) -> None:
    """Blocks end on multiples of 300 s, windows wherever a stretch of rows began."""
    with observing(site) as observer:
        steps = observer.follow(*(column[:60] for column in healthy))
        first = next(s for s in steps if np.isfinite(s.innovation).all())
        what_if = observer.what_if()
        fault = "heat_pump.condenser_fouling"
        assert what_if.shift(fault, 0.2, first.t_ns, first.t_ns + 10 * SECOND_NS) is None
        assert what_if.shift(fault, 0.2, first.t_ns, first.t_ns + 100 * SECOND_NS) is not None


class _Believes:
    belief = object()


def test_a_record_of_weeks_is_no_longer_than_one_of_days() -> None:
    record = Record(lambda: pytest.fail("nothing runs again"))
    nothing = np.zeros((6, 1))
    for minute in range(1, 6 * 24 * 60):
        flags = nothing[0] > 0.0
        given = Given(minute * MINUTE_NS, nothing, nothing, flags, flags, None)
        record.add(given, _Believes())  # type: ignore[arg-type]
    assert len(record.beliefs) <= REACH_NS // EVERY_NS + 1
    assert len(record.given) <= REACH_NS // MINUTE_NS + 60
    assert record.given[0].end_ns >= record.beliefs[0][0]
    assert record.given[-1].end_ns - record.beliefs[0][0] >= REACH_NS - EVERY_NS
