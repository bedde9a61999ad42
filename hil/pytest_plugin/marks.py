"""Markers: hardware that a test needs, controllers that it is for, requirements that it proves."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from hil.pytest_plugin.wanted import hardware_of

if TYPE_CHECKING:
    from twin.site import Site

MARKERS = (
    "hukka_hardware(*names, reason=''): needs hardware that --hukka-hardware names; else skipped",
    "hukka_controller(*names): fixture `controller` is each of these, by name or by type",
    "requirement(*ids): what the test proves; stands in JUnit and in the summary",
)


def mark_requirements(item: pytest.Item) -> None:
    """What an item proves goes to its report."""
    for requirement in requirements_of(item):
        item.user_properties.append(("requirement", requirement))


def requirements_of(item: pytest.Item) -> Iterator[str]:
    """What an item proves, each once, the outermost first."""
    marks = reversed(list(item.iter_markers("requirement")))
    return iter(dict.fromkeys(str(word) for mark in marks for word in mark.args))


def mark_hardware(item: pytest.Item, config: pytest.Config) -> None:
    """An item that needs hardware which is not there is skipped, and says what it needs."""
    there = None
    for mark in item.iter_markers("hukka_hardware"):
        there = hardware_of(config) if there is None else there
        if not mark.args:
            raise pytest.UsageError(f"{item.nodeid}: hukka_hardware: name what it needs")
        for name in map(str, mark.args):
            if why := _absent(name, there):
                reason = mark.kwargs.get("reason", "")
                said = f" ({reason})" if reason else ""
                item.add_marker(pytest.mark.skip(reason=f"needs {name}{said}: {why}"))
                return


def said_controllers(node: pytest.Item, site: "Site") -> list[str]:
    """Controllers that a test is for: those that it names, or all of the site.

    Raises:
        UsageError: it names one that is not there, with the nearest.
    """
    from twin.errors import unknown

    marks = list(node.iter_markers("hukka_controller"))
    words = [str(word) for mark in marks for word in mark.args]
    if not words:
        return list(site.controllers)
    found: list[str] = []
    for word in words:
        of_type = [name for name, c in site.controllers.items() if c.type == word]
        names = [word] if word in site.controllers else of_type
        if not names:
            known = {*site.controllers, *(c.type for c in site.controllers.values())}
            error = unknown("hukka_controller", "controller", word, known)
            raise pytest.UsageError(f"{node.nodeid}: {error}")
        found += names
    return list(dict.fromkeys(found))


def _absent(name: str, there: dict[str, str]) -> str:
    """Why hardware is absent; empty if it is there."""
    if name not in there:
        return "--hukka-hardware does not name it"
    where = there[name]
    if where.startswith("/") and not Path(where).exists():
        return f"there is no {where}"
    return ""
