"""`site.json`: what a data folder is of, for whoever opens it when no monitor runs."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from hil.gate.files import replace
from twin.errors import BadInput, refuse

NAME = "site.json"


@dataclass(frozen=True)
class OfSite:
    """What the last monitor of a data folder was told."""

    site: str
    """Name of a reference site, or path of a site file."""
    name: str
    """What the site file calls it."""
    period_ns: int
    """Between two rows [ns]."""
    at: tuple[str, ...] = ()
    """Where links are at this plant: what `--at` said."""
    assumed: tuple[str, ...] = ()
    """Signals that nobody reads: what `--assume` said."""
    page: str | None = None
    """Where its page listened; None for no page, and where nobody has noted it."""


def tell(
    folder: Path,
    site: str,
    name: str,
    period_ns: int,
    at: Sequence[str] = (),
    assumed: Sequence[str] = (),
    page: str | None = None,
) -> None:
    """Note that the data `folder` is of `site`, as the user gave it, which is called `name`.

    `at`, `assumed` and `page` are what the monitor was started with besides.

    Raises:
        BadInput: the folder is of a site with another name.
        OSError: the disk does not take it.
    """
    if (folder / NAME).exists() and (before := read(folder)).name != name:
        rule = f"has the data of site {before.name!r}; take another folder for {name!r}"
        raise refuse("--data", str(folder), rule)
    path = Path(site)
    where = str(path.resolve()) if path.is_file() else site
    told = OfSite(where, name, period_ns, tuple(at), tuple(assumed), page)
    replace(folder / NAME, json.dumps(asdict(told)).encode() + b"\n")


def read(folder: Path) -> OfSite:
    """What a data folder is of.

    Raises:
        BadInput: no monitor has noted it, or the file is broken.
    """
    path = folder / NAME
    try:
        known = json.loads(path.read_text("utf-8"))
        page = known.get("page")
        return OfSite(
            str(known["site"]),
            str(known["name"]),
            int(known["period_ns"]),
            tuple(str(text) for text in known.get("at", ())),
            tuple(str(text) for text in known.get("assumed", ())),
            None if page is None else str(page),
        )
    except FileNotFoundError:
        raise BadInput(f"{folder}: no monitor has written here ({NAME} is missing)") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"{path}: does not say of which site the data are: {error}") from None
