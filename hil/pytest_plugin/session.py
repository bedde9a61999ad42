"""What the plugin knows of a session of pytest: its site, and which test has which folder."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from hil.pytest_plugin.wanted import Wanted

if TYPE_CHECKING:
    from hil.pytest_plugin.stand import Stand
    from twin.site import Site

NO_SITE = "no site to run on: pytest --hukka-site NAME, or hukka_site in the ini file"


@dataclass
class Running:
    """A test that has a copy of the plant."""

    stand: "Stand"
    folder: Path


@dataclass
class Session:
    """A session that runs on a site."""

    wanted: Wanted
    site: "Site"
    running: dict[str, Running] = field(default_factory=dict)
    """By node id."""

    @property
    def header(self) -> str:
        """What the session runs on, in a line."""
        w = self.wanted
        faults = f", {', '.join(w.line_faults)}" if w.line_faults else ""
        played = f", controllers of {w.play}" if w.play else ""
        return (
            f"hukka: site {self.site.site}, transport {', '.join(w.transports)}{faults},"
            f" seed {w.seed}, cycle {w.cycle}, warm-up {w.warmup}{played}"
        )

    @staticmethod
    def folder_name(test: str) -> str:
        """What a test's folder is called."""
        return re.sub(r"\W", "_", test)[:30]

    def begin(self, node: pytest.Item, stand: "Stand", folder: Path, transport: str) -> None:
        """A test has a copy of the plant; what it runs on is told to JUnit."""
        self.running[node.nodeid] = Running(stand, folder)
        facts = stand.facts
        node.user_properties += [
            ("hukka_site", facts["site"]),
            ("hukka_transport", transport),
            ("hukka_seed", self.wanted.seed),
            ("hukka_version", facts["hukka"]),
            ("hukka_confined", facts["confined"]),
            ("site_sha256", facts["site_sha256"]),
            *((f"fmu_sha256.{part}", sha) for part, sha in facts["fmus"].items()),
        ]

    def end(self, node: pytest.Item, told: dict[str, Any] | None) -> None:
        """It has none any more; `told` is what is to be said of it."""
        del self.running[node.nodeid]
        if told is not None:
            node.user_properties.append(("plant_time_s", told["lasted_s"]))
            node.user_properties.append(("writes", told["writes"]))

    def kept(self, node: pytest.Item, why: str) -> str:
        """Where what was seen of a test that failed is now; empty if there is nothing."""
        from hil.pytest_plugin.evidence import drawn
        from twin.errors import HukkaError

        running = self.running.get(node.nodeid)
        if running is None:
            return ""
        try:
            told = running.stand.ask("keep", folder=running.folder, name=node.name, why=why)
            paths = [str(path) for one in told for path in drawn(running.folder, one)]
        except HukkaError as error:
            return f"not kept: {error}"
        if paths:
            node.user_properties.append(("trace", paths[0]))
        return "\n".join(paths)


SESSION = pytest.StashKey[Session]()


def session_of(config: pytest.Config) -> Session | None:
    """The session, if it has a site."""
    return config.stash.get(SESSION, None)


def open_session(config: pytest.Config) -> Session | None:
    """The session that options and ini file ask for; None without a site.

    Raises:
        UsageError: something in it cannot be; with place, value, rule and nearest word.
    """
    from hil.pytest_plugin.wanted import wanted_of

    wanted = wanted_of(config)
    if wanted is None:
        return None
    from hil.pytest_plugin.check import checked_site
    from twin.errors import HukkaError

    try:
        site = checked_site(wanted)
    except HukkaError as error:
        raise pytest.UsageError(str(error)) from None
    session = Session(wanted, site)
    config.stash[SESSION] = session
    return session
