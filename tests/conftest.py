"""What holds for every test: signals, its place in the queue, how hypothesis finds examples.

And which tests are not run unless they are asked for, or unless there is time for them.
"""

import hashlib
import os
import signal
from math import isfinite

import pytest
from hypothesis import settings

from twin.clock import NS_PER_S, utc_ns

UNTIL_S = float(os.environ.get("HUKKA_SLOW_UNTIL", "inf"))
"""Slow proofs that have not begun by then [s since 1970] are left out, and said to be.

Where a run has a limit of time, a slow machine would otherwise say nothing at all.
"""
NO_TIME = "no time left for slow proofs in this run"

# As the command does, before numpy is loaded: threads cost small matrices five times their time.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

# A process that is shut in before it has found its machine code works, and compiles for 90 s.
os.environ["PYTHONWARNINGS"] = "error:no folder keeps the machine code:RuntimeWarning"

# A suite in the background (`&`, nohup) ignores these, and programs that it starts would inherit
# that: a handler they do not.
for _name in ("SIGINT", "SIGHUP"):
    _number = getattr(signal, _name, None)  # Windows has no SIGHUP
    if _number is not None and signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, lambda *_: None)

# The default explores anew in every run; `make test` takes `steady`, the same examples each time.
settings.register_profile("explore", deadline=None)
settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("explore")


def pytest_addoption(parser: pytest.Parser) -> None:
    """How long a soak lasts."""
    parser.addoption(
        "--soak-minutes", type=float, default=20.0, metavar="MIN", help="length of `-m soak` [min]"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What may take longest begins first, so that no core waits for it in the end.

    A soak takes its time whatever the machine: who does not name it in `-m` does not want it.
    """
    items.sort(key=_limit_s, reverse=True)
    if isfinite(UNTIL_S):
        items.sort(key=_turn)
    if "soak" in config.option.markexpr:
        return
    left_out = [item for item in items if item.get_closest_marker("soak")]
    items[:] = [item for item in items if not item.get_closest_marker("soak")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Before anything is set up for a slow proof: is there time for it?"""
    if item.get_closest_marker("slow") and utc_ns() > UNTIL_S * NS_PER_S:
        pytest.skip(NO_TIME)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Figures that tests have measured, from whatever process they ran in; what had no time."""
    left = [r.nodeid for r in terminalreporter.getreports("skipped") if NO_TIME in str(r.longrepr)]
    if left:
        terminalreporter.write_line(f"{len(left)} slow proofs left out, there was no time:")
    for name in left:
        terminalreporter.write_line(f"  {name}")
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, value in report.user_properties:
                if name == "figure":
                    terminalreporter.write_line(str(value))


def _turn(item: pytest.Item) -> tuple[bool, str]:
    """Slow proofs last, each day other files of them first: the same ones are not always late."""
    day = f"{UNTIL_S // 86_400:g} {item.path.name}"
    slow = item.get_closest_marker("slow") is not None
    return slow, hashlib.sha256(day.encode()).hexdigest() if slow else ""


def _limit_s(item: pytest.Item) -> float:
    """The time-out [s] that the test names itself."""
    mark = item.get_closest_marker("timeout")
    return float(mark.args[0]) if mark else 0.0
