"""A gain that serves again is the one that a filter comes to that never stops looking."""

import numpy as np
import pytest
from observed import observing, rows_of

from twin.estimation import observer as of_a_part
from twin.site import load_site


@pytest.mark.timeout(300)
def test_after_hours_it_is_as_sure_as_one_that_looks_at_every_window(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The error that models admit to is 30 times what states are unsure by, and does not move."""
    site = load_site("mantsala")
    rows = rows_of(site, 6.0)
    with observing(site) as observer:
        found = observer.follow(*rows)
    monkeypatch.setattr(of_a_part, "settled", lambda _before, _after: False)
    with observing(site) as observer:
        expected = observer.follow(*rows)
    sd, of_every = (np.sqrt([s.variance for s in steps[-36:]]) for steps in (found, expected))
    assert sd == pytest.approx(of_every, rel=0.1)
