"""What could be seen of a fault, hour by hour, by a diagnosis that is told what to say."""

from types import SimpleNamespace

import numpy as np
import pytest
from campaign_samples import fault, outcome

from hil.campaign.could import Could
from hil.campaign.outcome import Outcome
from twin.diagnosis.today import HOUR_NS

HYPOTHESES = ("part.fouling", "part.T.bias", "part.wear")
PLANT = SimpleNamespace(
    hypotheses=[SimpleNamespace(name=name) for name in HYPOTHESES],
    channels=(SimpleNamespace(name="part.T", zero=10.0),),
)


class Says:
    """Sizes from which hypotheses are seen; remembers since when it was asked."""

    def __init__(self, *needs: float) -> None:
        self.needs = np.array(needs)
        self.asked: list = []
        self.ways: set = set()

    def smallest(self, t_ns: int, since_ns: int, *, grown: bool = False, way: int = 1):
        self.asked.append((t_ns // HOUR_NS, since_ns // HOUR_NS, grown))
        self.ways.add(way)
        return self.needs


def could(faults, says, hours, share=1.0, reading=0.0) -> Could:
    """After so many hours of blocks of a quarter of an hour."""
    found = Could(PLANT, outcome(faults=faults, share=share).scenario)
    readings = SimpleNamespace(mean=np.array([reading]))
    for quarter in range(1, 4 * hours + 1):
        block = SimpleNamespace(t_ns=quarter * HOUR_NS // 4, readings=readings)
        found.take(block, says)
    return found


@pytest.mark.parametrize(
    ("size", "share", "needs", "hidden", "hours"),
    [
        (0.3, 1.0, 0.31, True, 0.0),
        (0.3, 1.0, 0.3, False, 8.0),
        (0.15, 0.5, 0.2, False, 0.0),  # of half a fault the full size would be seen: it counts
        (0.15, 0.5, 0.31, True, 0.0),
        (-0.3, 1.0, 0.2, False, 8.0),
    ],
)
def test_the_full_size_decides_whether_a_run_is_hidden(size, share, needs, hidden, hours):
    says = Says(needs, 0.0, 0.0)
    found = could([fault(at_s=7200.0, size=size)], says, 10, share)
    assert (found.hidden, found.hours) == (hidden, hours)
    assert says.asked == [(hour, 2, False) for hour in range(3, 11)]
    assert says.ways == {1 if size > 0.0 else -1}  # an actuator at an end goes one way only


def test_once_is_enough_to_be_counted():
    says = Says(9.0, 0.0, 0.0)
    found = could([fault(at_s=0.0, size=0.3)], says, 5)
    assert found.hidden
    says.needs[0] = 0.1
    found.take(SimpleNamespace(t_ns=6 * HOUR_NS, readings=None), says)
    assert (found.hidden, found.hours) == (False, 1.0)


def test_a_drift_is_as_large_as_it_has_grown():
    says = Says(0.0, 0.35, 0.0)
    grows = fault("part.T.drift", at_s=0.0, size=0.1, answer="part.T.bias", drift=True)
    found = could([grows], says, 6)
    assert (found.hidden, found.hours) == (False, 3.0)  # 0.4, 0.5 and 0.6
    assert all(grown for _, _, grown in says.asked)


def test_a_wrong_gain_is_a_bias_of_its_share_of_the_reading():
    wrong = fault("part.T.scale", at_s=0.0, size=0.05)
    assert could([wrong], Says(0.0, 1.0, 0.0), 4, reading=29.0).hidden  # 5 % of 19 K
    assert not could([wrong], Says(0.0, 1.0, 0.0), 4, reading=31.0).hidden


def test_what_has_no_signature_is_never_hidden():
    found = could([fault("part.u.frozen", at_s=0.0)], Says(9.0, 9.0, 9.0), 4)
    assert (found.hidden, found.hours) == (False, None)


def test_of_two_faults_both_must_be_seen():
    two = [fault(at_s=0.0, size=0.3), fault("part.wear", at_s=0.0, size=0.3)]
    assert could(two, Says(0.1, 0.0, 0.5), 4).hidden
    assert could(two, Says(0.1, 0.0, 0.2), 4).hours == 4.0


def test_an_outcome_of_before_is_one_that_nobody_asked():
    kept = Outcome.of(outcome(faults=[fault()], hidden=True, could_h=3.0).line())
    assert (kept.hidden, kept.could_h) == (True, 3.0)
    before = outcome(faults=[fault()])
    assert (before.hidden, before.could_h) == (False, None)
