"""Connections that wait for a request that never is whole are closed, and no others."""

from types import SimpleNamespace

import pytest

from hil.page.patience import Patience

S = 1_000_000_000


class Line:
    """A connection as uvicorn has it."""

    def __init__(self, cycle=None):
        self.cycle = cycle
        self.open = True
        self.transport = SimpleNamespace(close=self._close)

    def _close(self):
        self.open = False


def cycle(*, more_body, complete):
    return SimpleNamespace(more_body=more_body, response_complete=complete)


@pytest.mark.parametrize(
    ("made", "stays"),
    [
        (lambda: None, False),  # half a head, or none
        (lambda: cycle(more_body=True, complete=False), False),  # half a body
        (lambda: cycle(more_body=False, complete=True), False),  # answered, then half a head
        (lambda: cycle(more_body=False, complete=False), True),  # a stream
    ],
)
def test_what_never_is_whole_goes(made, stays):
    now = [0]
    patience = Patience(10 * S, lambda: now[0])
    line = Line(made())
    for second in range(12):
        now[0] = second * S
        patience.look([line])
        assert line.open or second > 10
    assert line.open is stays


def test_whoever_asks_again_and_again_stays():
    now = [0]
    patience = Patience(10 * S, lambda: now[0])
    line = Line()
    for second in range(60):
        now[0] = second * S
        if second % 6 == 0:
            line.cycle = cycle(more_body=False, complete=True)
        patience.look([line])
    assert line.open
