"""What holds for every test: signals, its place in the queue, how hypothesis finds examples.

And which tests are not run unless they are asked for.
"""

import os
import signal

import pytest
from hypothesis import settings

# As the command does, before numpy is loaded: threads cost small matrices five times their time.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

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
    if "soak" in config.option.markexpr:
        return
    left_out = [item for item in items if item.get_closest_marker("soak")]
    items[:] = [item for item in items if not item.get_closest_marker("soak")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Figures that tests have measured, from whatever process they ran in."""
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, value in report.user_properties:
                if name == "figure":
                    terminalreporter.write_line(str(value))


def _limit_s(item: pytest.Item) -> float:
    """The time-out [s] that the test names itself."""
    mark = item.get_closest_marker("timeout")
    return float(mark.args[0]) if mark else 0.0
