"""What tests do to a plant and expect of it: the steps of procedures, as calls."""

from collections.abc import Mapping
from typing import Any

import pytest

from hil.pytest_plugin.phrase import condition_of
from hil.pytest_plugin.stand import Stand

Value = str | float | bool
"""As procedures write it: "36 degC", "design.T_sink_max - 3 K", "RUNNING", 0.5, True."""
COMPARISONS = ("equals", "above", "below", "near", "tolerance", "band")


class Unmet(AssertionError):
    """The plant or a controller did otherwise than was expected."""


class Inconclusive(AssertionError):
    """Nobody can say: a value was not to be had, a write was refused, a link or the plant is lost.

    A test fails by it all the same: what is not known is not passed.
    """


class Steps:
    """Steps on the plant of this test; `of` is the controller under test, if there is one."""

    def __init__(self, stand: Stand, of: str | None = None) -> None:
        self._stand, self._of = stand, of

    def run(self, *, seconds: float = 0.0, minutes: float = 0.0, hours: float = 0.0) -> None:
        """Let plant time pass: `seconds` [s], `minutes` [min], `hours` [h] together."""
        __tracebackhide__ = True
        self._step({"wait": f"{seconds + 60 * minutes + 3600 * hours!r} s"})

    def expect(
        self,
        point: str,
        *,
        equals: Value | None = None,
        above: Value | None = None,
        below: Value | None = None,
        near: Value | None = None,
        tolerance: Value | None = None,
        band: tuple[Value, Value] | None = None,
        within: str = "0 s",
        hold: str = "0 s",
    ) -> str:
        """Wait until a condition is met, at most `within`; from then on it must `hold`.

        "heat_pump:u_run == 0", or the point and one of the comparisons. Gives what was found.

        Raises:
            Unmet: it is not met, or not for long enough.
            Inconclusive: a value was missing for too long.
            BadInput: there is no such point, or a value does not fit it.
        """
        __tracebackhide__ = True
        said = dict(zip(COMPARISONS, (equals, above, below, near, tolerance, band), strict=True))
        given = {name: value for name, value in said.items() if value is not None}
        condition = given or condition_of(point)
        name = self._own(str(condition.get("point", point)))
        return self._step({"expect": {**condition, "point": name, "within": within, "hold": hold}})

    def expect_alarm(self, part: str, *, within: str) -> str:
        """The twin finds `part` at fault within a time; Unmet if it does not."""
        __tracebackhide__ = True
        return self._step({"expect_alarm": {"part": part, "within": within}})

    def expect_no_alarm(self, part: str | None = None, *, hold: str) -> str:
        """The twin finds nothing for a time, of `part` or of any; Unmet if it does."""
        __tracebackhide__ = True
        return self._step({"expect_no_alarm": {"part": part, "hold": hold}})

    def set(self, point: str, value: Value) -> None:
        """Write a register through the write gate; it is put back when the test ends.

        Raises:
            Inconclusive: the gate refused it, or it did not get through.
            BadInput: it is no setting of a controller, or not within its limits.
        """
        __tracebackhide__ = True
        self._step({"set": {self._own(point): value}})

    def force(self, reading: str, value: Value, *, over: str | None = None) -> None:
        """Give a controller this reading instead of the sensor's; "lost" is a broken wire.

        `over` is the time in which it goes there evenly. A cycle passes.
        """
        __tracebackhide__ = True
        self._step({"force": {self._own(reading): value}, **_over(over)})

    def release(self, *readings: str) -> None:
        """The sensors' own readings again."""
        __tracebackhide__ = True
        self._step({"release": [self._own(reading) for reading in readings]})

    def boundary(self, name: str, value: Value, *, over: str | None = None) -> None:
        """Give weather or a load by hand, PART.INPUT; `over` is the time to get there."""
        __tracebackhide__ = True
        self._step({"boundary": {name: value}, **_over(over)})

    def fault(self, fault: str) -> None:
        """Break something of the catalogue, NAME or NAME=SIZE, for the rest of the test."""
        __tracebackhide__ = True
        self._step({"fault": fault})

    def step(self, **step: Any) -> str:  # noqa: ANN401 - any step of a procedure
        """Any step that a procedure can have, by its key: `sequence`, `funnel`, `step_test`..."""
        __tracebackhide__ = True
        return self._step(step)

    def value(self, point: str, unit: str = "") -> float | None:
        """A point now [`unit`]; None without a value.

        Without a unit it is that of its register or signal, as sentences say it.
        """
        __tracebackhide__ = True
        value: float | None = self._stand.ask(
            "value", point=self._own(point), of=self._of, unit=unit
        )
        return value

    def says(self, point: str) -> str:
        """A point now, as people say it: `RUNNING`, `64.2 degC`."""
        __tracebackhide__ = True
        return str(self._stand.ask("says", point=self._own(point), of=self._of))

    def _own(self, point: str) -> str:
        """The name of a point anywhere on the site."""
        if self._of is None or "." in point or ":" in point:
            return point
        return f"{self._of}:{point}"

    def _step(self, step: Mapping[str, Any], of: str | None = None) -> str:
        __tracebackhide__ = True
        done = self._stand.ask("step", plain=step, of=of or self._of)
        return judged(done["verdict"], done["text"], done["why"])


def judged(verdict: str, text: str, why: str) -> str:
    """`why`, if the verdict is good; else what pytest hears of it."""
    __tracebackhide__ = True
    match verdict:
        case "fail":
            raise Unmet(f"{text}: {why}")
        case "inconclusive" | "blocked":
            raise Inconclusive(f"{verdict}: {text}: {why}")
        case "skipped":
            pytest.skip(why)
    return why


def _over(over: str | None) -> dict[str, str]:
    return {} if over is None else {"over": over}
