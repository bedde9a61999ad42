"""Which frozen commands stood at an end of their range, by readings of two channels."""

import numpy as np
import pytest
from campaign_samples import fault, outcome

from hil.campaign.work import frozen_at_end
from twin.diagnosis.blocks import Block
from twin.diagnosis.channel import Channel
from twin.diagnosis.settings import BLOCK_NS
from twin.estimation.step import Readings

CHANNELS = tuple(
    Channel(name, "part", name == "part.u", None, 0.0, 1.0, 0.0, 0.0, ())
    for name in ("part.T", "part.u")
)


def block(number, low, high):
    none = np.zeros(2)
    readings = Readings(np.array([0.5, low]), np.array([0.5, high]), *[none] * 6)
    return Block(number * BLOCK_NS, none, none, none, none > 0.0, none, readings)


@pytest.mark.parametrize(
    ("name", "number", "low", "high", "at_end"),
    [
        ("part.u.frozen", 14, 1.0, 1.0, True),
        ("part.u.frozen", 14, 0.0, 0.0, True),
        ("part.u.frozen", 14, 0.4, 0.4, False),
        ("part.u.frozen", 14, 0.9, 1.0, False),
        ("part.u.frozen", 12, 1.0, 1.0, False),  # it freezes at the end of this block
        ("part.u.offset", 14, 1.0, 1.0, False),
        ("part.T.frozen", 14, 1.0, 1.0, False),
    ],
)
def test_a_command_is_frozen_at_an_end(name, number, low, high, at_end):
    scenario = outcome(faults=[fault(name, at_s=3600.0)]).scenario
    assert frozen_at_end(CHANNELS, scenario, block(number, low, high)) is at_end
