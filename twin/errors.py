"""Errors that a user sees: each says where, what was found and which rule it breaks.

The class decides the exit code of the command line; nothing below the loop and
the command line catches them.
"""

from collections.abc import Iterable
from difflib import get_close_matches


class HukkaError(Exception):
    """Base of every error that hukka raises on purpose."""

    exit_code = 1


class BadInput(HukkaError):
    """A site, map, FMU or option that is refused before anything runs."""

    exit_code = 2


class JudgementFailed(HukkaError):
    """Everything ran, and the answer is no."""

    exit_code = 3


class LinkLost(HukkaError):
    """A controller or its link is gone, and the run cannot go on without it."""

    exit_code = 4


class PlantLost(HukkaError):
    """The plant model crashed, refused a step or left the numbers."""

    exit_code = 4


def refuse(place: str, found: object, rule: str) -> BadInput:
    """One line of refusal: `place = found: rule`."""
    return BadInput(f"{place} = {found!r}: {rule}")


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Ending of a message about an unknown word: the nearest known one, or all of a short list."""
    words = sorted(known)
    folded = {w.casefold(): w for w in words}
    near = get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)
    if near:
        return f", did you mean {folded[near[0]]!r}?"
    if 0 < len(words) <= 12:
        return f"; known: {', '.join(words)}"
    return ""


def unknown(place: str, kind: str, word: str, known: Iterable[str]) -> BadInput:
    """Refusal of a word that nobody declared, with the nearest one that somebody did."""
    return BadInput(f"{place}: unknown {kind} {word!r}{did_you_mean(word, known)}")
