"""What waits until the keeper has confirmed it, over as many of its lives as that takes."""

from collections.abc import Iterator, Mapping
from typing import Any

MOST = 10_000
"""What waits for a keeper that is away [-]; the oldest goes."""
LIVES = 3
"""Keepers that may end on the same thing [-]. It would end all that come: rows that nobody keeps
are worse than one thing that nobody knows, and what stands the twin tells again."""


class Unheard:
    """In the order in which it was given, which is the order in which a keeper takes it."""

    def __init__(self) -> None:
        self._given = 0
        self._waiting: dict[int, Mapping[str, Any]] = {}
        self._first, self._lives = 0, 0

    def hold(self, fields: Mapping[str, Any]) -> int:
        """Keep `fields` until they are confirmed; the number to confirm them by."""
        self._given += 1
        if len(self._waiting) >= MOST:
            self._waiting.pop(next(iter(self._waiting)))
        self._waiting[self._given] = fields
        return self._given

    def heard(self, number: int) -> None:
        """A keeper has confirmed it."""
        self._waiting.pop(number, None)

    def put_aside(self) -> tuple[int, Mapping[str, Any]] | None:
        """A new keeper has begun: what it must not be told, because those before it ended on it."""
        first = next(iter(self._waiting), 0)
        self._lives = self._lives + 1 if first == self._first and first else 0
        self._first = first
        if self._lives < LIVES:
            return None
        self._lives = 0
        return first, self._waiting.pop(first)

    def __iter__(self) -> Iterator[tuple[int, Mapping[str, Any]]]:
        """Numbers, and what waits."""
        return iter(list(self._waiting.items()))


def in_words(fields: Mapping[str, Any]) -> str:
    """What it is, for people."""
    match fields:
        case {"order": {"who": who, "action": action, "number": number}}:
            return f"order of {who} ({action}, alarm {number})"
        case {"note": {"who": who}}:
            return f"note of {who}"
        case _:
            return f"news: {str(fields)[:200]}"
