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
    found = [f for f in findings if f is not None and not _denied(f, findings, events, settings)]
    longer = [f for f in found if settings.windows[f.fit.window].confirm == 1]
    return max(longer or found, key=lambda f: f.strength, default=None)


def _denied(
    named: Finding,
    findings: Sequence[Finding | None],
    events: Sequence[Event],
    settings: Settings,
) -> bool:
    """Whether the longer window that called its part's event unknown still has no name for it.

    A shorter one does not see what its name leaves unexplained.
    """
    cause, windows = named.causes[0], settings.windows
    if cause.hypothesis is None:
        return False
    for event in events:
        verdict = event.verdict
        by = settings.index(verdict.window)
        longer, theirs = windows[by].blocks > windows[named.fit.window].blocks, findings[by]
        unknown = verdict.standing is Standing.UNKNOWN and verdict.part == cause.part
        if unknown and longer and theirs is not None and theirs.causes[0].hypothesis is None:
            return True
    return False
