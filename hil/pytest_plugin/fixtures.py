"""The fixtures: one stand a session, and a copy of its plant for each test."""

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from hil.pytest_plugin.session import NO_SITE, Session, session_of

if TYPE_CHECKING:
    from hil.pytest_plugin.stand import Stand
    from hil.pytest_plugin.things import Bench, Clock, Controller, Link, Plant


@pytest.fixture(scope="session")
def hukka_stand(
    pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory
) -> Iterator["Stand"]:
    """The warmed-up plant, in a process of its own."""
    from hil.pytest_plugin.stand import Stand
    from twin.errors import HukkaError

    session = session_of(pytestconfig)
    if session is None:
        pytest.fail(NO_SITE, pytrace=False)
    try:
        stand = Stand(replace(session.wanted, folder=str(tmp_path_factory.getbasetemp())))
    except HukkaError as error:
        pytest.fail(str(error), pytrace=False)
    yield stand
    stand.close()


@pytest.fixture
def hukka_transport(request: pytest.FixtureRequest) -> str:
    """How the controllers are reached in this test."""
    session = session_of(request.config)
    if session is None:
        pytest.fail(NO_SITE, pytrace=False)
    return str(getattr(request, "param", session.wanted.transports[0]))


@pytest.fixture
def hukka_test(
    request: pytest.FixtureRequest,
    hukka_stand: "Stand",
    hukka_transport: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator["Stand"]:
    """The stand while this test has its own copy of the plant."""
    from twin.errors import HukkaError

    node = request.node
    session = _session(request)
    folder = tmp_path_factory.mktemp(session.folder_name(node.name), numbered=True)
    with hukka_stand.test(hukka_transport, folder, node.nodeid):
        session.begin(node, hukka_stand, folder, hukka_transport)
        yield hukka_stand
        heard, told, why = hukka_stand.heard, None, ""
        try:
            told = hukka_stand.ask("end")
        except HukkaError as error:
            why = str(error)
    session.end(node, told)
    if why and not heard:
        pytest.fail(f"not ended in order: {why}", pytrace=False)
    if told is not None and told["left"]:
        pytest.fail(f"not put back: {told['left']}", pytrace=False)


@pytest.fixture
def bench(hukka_test: "Stand") -> "Bench":
    """The plant with its controllers, in normal operation when the test begins."""
    from hil.pytest_plugin.things import Bench

    return Bench(hukka_test)


@pytest.fixture
def controller(
    hukka_test: "Stand", hukka_controller: str, request: pytest.FixtureRequest
) -> "Controller":
    """The controller under test: each of the site's, or of `@pytest.mark.hukka_controller(...)`."""
    from hil.pytest_plugin.things import Controller

    site = _session(request).site
    return Controller(hukka_test, hukka_controller, site.controllers[hukka_controller].type)


@pytest.fixture
def hukka_controller(request: pytest.FixtureRequest) -> str:
    """Name of the controller under test."""
    if not hasattr(request, "param"):
        pytest.fail(NO_SITE, pytrace=False)
    return str(request.param)


@pytest.fixture
def plant(hukka_test: "Stand", request: pytest.FixtureRequest) -> "Plant":
    """What can be seen of the plant."""
    from hil.pytest_plugin.things import Plant

    site = _session(request).site
    return Plant(hukka_test, tuple(site.signals), site.commands, tuple(site.boundary))


@pytest.fixture
def link(hukka_test: "Stand", hukka_transport: str) -> "Link":
    """The links to the controllers."""
    from hil.pytest_plugin.things import Link

    return Link(hukka_test, hukka_transport)


@pytest.fixture
def clock(hukka_test: "Stand") -> "Clock":
    """Plant time."""
    from hil.pytest_plugin.things import Clock

    return Clock(hukka_test)


@pytest.fixture
def hardware(pytestconfig: pytest.Config) -> dict[str, str]:
    """What `--hukka-hardware` names, and where it is."""
    from hil.pytest_plugin.wanted import hardware_of

    return hardware_of(pytestconfig)


def _session(request: pytest.FixtureRequest) -> Session:
    session = session_of(request.config)
    assert session is not None
    return session
