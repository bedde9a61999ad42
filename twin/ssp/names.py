"""Names of others as names that a site can use."""

import re
from collections.abc import Iterable

_PLAIN = re.compile(r"[a-z][a-z0-9_]*")


def plain_name(text: str) -> str:
    """`text` as a name of lower-case letters, digits and _ that begins with a letter."""
    if _PLAIN.fullmatch(text):
        return text
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", text)
    name = re.sub(r"[^a-z0-9]+", "_", snake.lower()).strip("_")
    return name if _PLAIN.fullmatch(name) else f"part_{name}".rstrip("_")


def plain_names(texts: Iterable[str]) -> list[str]:
    """A plain name for each of `texts`, no two the same; plain ones stay as they are."""
    words = list(texts)
    kept = {word for word in words if _PLAIN.fullmatch(word)}
    found: list[str] = []
    for word in words:
        name = plain_name(word)
        taken = {*found} if name == word else {*found, *kept}
        found.append(distinct(name, taken))
    return found


def distinct(name: str, taken: Iterable[str]) -> str:
    """`name`, or with a number behind it where that is taken."""
    known, found, count = set(taken), name, 1
    while found in known:
        count += 1
        found = f"{name}_{count}"
    return found
