"""`pytest --hukka-site mantsala`: tests of controllers on a simulated plant, in virtual time.

Loaded wherever hukka is installed, so what needs more than pytest is imported where it is used.
"""

from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

from hil.pytest_plugin.fixtures import (
    bench,
    clock,
    controller,
    hardware,
    hukka_controller,
    hukka_stand,
    hukka_test,
    hukka_transport,
    link,
    plant,
)
from hil.pytest_plugin.marks import MARKERS, mark_hardware, mark_requirements, said_controllers
from hil.pytest_plugin.session import open_session, session_of
from hil.pytest_plugin.summary import tell_requirements
from hil.pytest_plugin.wanted import add_options

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

__all__ = [
    "bench",
    "clock",
    "controller",
    "hardware",
    "hukka_controller",
    "hukka_stand",
    "hukka_test",
    "hukka_transport",
    "link",
    "plant",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options, and ini values of the same names."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Markers; the site and all that is wanted of it, before anything is collected."""
    for line in MARKERS:
        config.addinivalue_line("markers", line)
    open_session(config)


def pytest_report_header(config: pytest.Config) -> list[str]:
    """What the session runs on."""
    session = session_of(config)
    return [] if session is None else [session.header]


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test once for each transport, and with `controller` once for each controller."""
    session = session_of(metafunc.config)
    if session is None:
        return
    transports = session.wanted.transports
    if "hukka_transport" in metafunc.fixturenames and len(transports) > 1:
        metafunc.parametrize("hukka_transport", transports, indirect=True)
    if "hukka_controller" in metafunc.fixturenames:
        names = said_controllers(metafunc.definition, session.site)
        metafunc.parametrize("hukka_controller", names, indirect=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Requirements go to reports; what needs hardware that is absent is skipped with the reason."""
    for item in items:
        mark_requirements(item)
        mark_hardware(item, config)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Of a test that failed, what was seen of the plant is kept, and its place is said."""
    report = yield
    session = session_of(item.config)
    error = call.excinfo
    if session is not None and error is not None and report.failed and call.when == "call":
        kept = session.kept(item, error.exconly())
        report.sections += [("hukka: what was seen", kept)] if kept else []
    return report


def pytest_terminal_summary(terminalreporter: "TerminalReporter") -> None:
    """What came of each requirement."""
    tell_requirements(terminalreporter)
