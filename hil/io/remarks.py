"""What is to be said of a line after it was used, beside the values that came over it."""

from hil.links.counters import told
from hil.links.link import Link
from hil.links.rtu import RtuLink


def remarks(link: Link, *others: object) -> list[str]:
    """Sentences: an adapter that holds replies back, and what the line has counted; often none.

    `others` are devices on it that count too.
    """
    found = []
    if isinstance(link, RtuLink) and link.adapter is not None and link.adapter.delays:
        found.append(link.adapter.text)
    if counts := told(*others, link):
        found.append(f"line: {counts}")
    return found
