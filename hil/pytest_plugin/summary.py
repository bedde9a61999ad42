"""What came of each requirement, at the end of a session."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _pytest.terminal import TerminalReporter

ORDER = ("failed", "error", "xpassed", "xfailed", "passed", "skipped")
"""Outcomes, from what needs somebody's eye most; a skipped test proves nothing."""


def tell_requirements(reporter: "TerminalReporter") -> None:
    """A line for each requirement: the worst of its tests, and how many there are."""
    found: dict[str, dict[str, set[str]]] = {}
    for outcome in ORDER:
        for report in reporter.stats.get(outcome, ()):
            for name, value in getattr(report, "user_properties", ()):
                if name == "requirement":
                    found.setdefault(str(value), {}).setdefault(outcome, set()).add(report.nodeid)
    if not found:
        return
    reporter.ensure_newline()
    reporter.section("requirements")
    width = max(map(len, found))
    for requirement in sorted(found):
        outcomes = found[requirement]
        worst = next(outcome for outcome in ORDER if outcome in outcomes)
        counts = ", ".join(f"{len(outcomes[o])} {o}" for o in ORDER if o in outcomes)
        reporter.write_line(f"{requirement:{width}}  {worst:7}  {counts}")
