"""`site.json`: what a data folder is of, for whoever opens it when no monitor runs."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from hil.gate.files import replace as put
from hil.monitor.options import PAGE
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
    page: str | None = PAGE
    """Where its page listened; None for no page."""
    learned: str | None = None
    """Path of what `hukka twin fit` learned; None for the first detector."""
    neighbours: str | None = None
    """Path of their settings, if they are not those of the data folder."""


def tell(folder: Path, of: OfSite, *, unattended: bool = False) -> str:
    """Note what the data `folder` is of; files as the user gave them.

    Returns what was wrong with the file before; empty where all was well. `unattended`: a broken
    one is written anew, where nobody is there to mend it.

    Raises:
        BadInput: the folder is of a site with another name, or nobody can say of which.
        OSError: the disk does not take it.
    """
    wrong = ""
    try:
        before = read(folder).name if (folder / NAME).exists() else of.name
    except BadInput as error:
        if not unattended:
            raise
        before, wrong = of.name, f"{error}: it is written anew"
    if before != of.name:
        rule = f"has the data of site {before!r}; take another folder for {of.name!r}"
        raise refuse("--data", str(folder), rule)
    told = replace(
        of,
        site=_anywhere(of.site),
        learned=of.learned and _anywhere(of.learned),
        neighbours=of.neighbours and _anywhere(of.neighbours),
    )
    put(folder / NAME, json.dumps(asdict(told)).encode() + b"\n")
    return wrong


def read(folder: Path) -> OfSite:
    """What a data folder is of.

    Raises:
        BadInput: no monitor has noted it, or the file is broken.
    """
    path = folder / NAME
    try:
        known = json.loads(path.read_text("utf-8"))
        return OfSite(
            str(known["site"]),
            str(known["name"]),
            int(known["period_ns"]),
            tuple(str(text) for text in known.get("at", ())),
            tuple(str(text) for text in known.get("assumed", ())),
            _text(known.get("page", PAGE)),
            _text(known.get("learned")),
            _text(known.get("neighbours")),
        )
    except FileNotFoundError:
        raise BadInput(f"{folder}: no monitor has written here ({NAME} is missing)") from None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadInput(f"{path}: does not say of which site the data are: {error}") from None


def _anywhere(path: str) -> str:
    """A file by a name that holds wherever one stands; a reference site stays a name."""
    return str(Path(path).resolve()) if Path(path).is_file() else path


def _text(value: object) -> str | None:
    return None if value is None else str(value)
