"""The part of a site that a first detector can see at this plant.

The models of a first detector begin together, when each input has been read once: one that nobody
can be asked for would keep them all waiting, and a watched one would be silent for ever.
"""

from collections.abc import Collection

from twin.site.model import Site


def seen_of(site: Site, unread: Collection[str]) -> tuple[Site, dict[str, str]]:
    """The site without what cannot be judged where nobody is asked for `unread`.

    The second value says of each part that is left out why; signals and commands stay.
    """
    kept, blind = {}, {}
    for part, told in site.twin.items():
        if not told.watch:
            kept[part] = told
            continue
        fed = (*told.boundary.values(), *(c for c in site.commands if c.startswith(f"{part}.")))
        watch = {name: w for name, w in told.watch.items() if f"{part}.{name}" not in unread}
        missing = [name for name in fed if name in unread]
        if missing or not watch:
            names = missing or [f"{part}.{name}" for name in told.watch]
            blind[part] = f"nobody can be asked for {', '.join(names)}"
        else:
            kept[part] = told.model_copy(update={"watch": watch})
    seen = site.model_copy(update={"twin": kept})
    return seen, blind
