"""What is to be said of a line after it was used, beside the values that came over it."""

from hil.links.counters import told
from hil.links.link import Link
from hil.links.rtu import RtuLink


def remarks(link: Link) -> list[str]:
    """Sentences: an adapter that holds replies back, and what the line has counted; often none."""
    found = []
    if isinstance(link, RtuLink) and link.adapter is not None and link.adapter.delays:
        found.append(link.adapter.text)
    if counts := told(link):
        found.append(f"line: {counts}")
    return found
