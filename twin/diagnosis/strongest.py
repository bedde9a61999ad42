"""Which window's finding counts, of all that found something."""

from collections.abc import Sequence

from twin.diagnosis.findings import Finding
from twin.diagnosis.settings import Settings
from twin.diagnosis.verdict import Event, Standing


def strongest(
    findings: Sequence[Finding | None], events: Sequence[Event], settings: Settings
) -> Finding | None:
    """That of the most strength; of windows for gross faults only if no longer one has any.

    `findings` are those of all windows in their order, `events` the open ones.
    """
    unnamed = _unnamed(findings, events, settings)
    found = [f for f in findings if f is not None and not _too_short(f, unnamed, settings)]
    longer = [f for f in found if settings.windows[f.fit.window].confirm == 1]
    return max(longer or found, key=lambda f: f.strength, default=None)


def _unnamed(
    findings: Sequence[Finding | None], events: Sequence[Event], settings: Settings
) -> dict[str, int]:
    """Parts of which a window called an event unknown and still knows no name: its blocks [-]."""
    found = {}
    for verdict in (e.verdict for e in events if e.verdict.standing is Standing.UNKNOWN):
        by = settings.index(verdict.window)
        own = findings[by]
        cause = None if own is None else own.causes[0]
        if cause is not None and (cause.hypothesis, cause.part) == (None, verdict.part):
            found[verdict.part] = settings.windows[by].blocks
    return found


def _too_short(named: Finding, unnamed: dict[str, int], settings: Settings) -> bool:
    """Whether a window gives a name and does not see, as a longer one does, what that leaves."""
    cause = named.causes[0]
    blocks = settings.windows[named.fit.window].blocks
    return cause.hypothesis is not None and blocks < unnamed.get(cause.part, 0)
