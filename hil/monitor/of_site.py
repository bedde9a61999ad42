"""`site.json`: what a data folder is of, for whoever opens it when no monitor runs."""

import json
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


def tell(folder: Path, site: str, name: str, period_ns: int) -> None:
    """Note that the data `folder` is of `site`, as the user gave it, which is called `name`.

    Raises:
        BadInput: the folder is of a site with another name.
        OSError: the disk does not take it.
    """
    if (folder / NAME).exists() and (before := read(folder)).name != name:
        rule = f"has the data of site {before.name!r}; take another folder for {name!r}"
        raise refuse("--data", str(folder), rule)
    path = Path(site)
    told = OfSite(str(path.resolve()) if path.is_file() else site, name, period_ns)
    replace(folder / NAME, json.dumps(asdict(told)).encode() + b"\n")


def read(folder: Path) -> OfSite:
    """What a data folder is of.

    Raises:
        BadInput: no monitor has noted it, or the file is broken.
    """
    path = folder / NAME
    try:
        known = json.loads(path.read_text("utf-8"))
        return OfSite(str(known["site"]), str(known["name"]), int(known["period_ns"]))
    except FileNotFoundError:
        raise BadInput(f"{folder}: no monitor has written here ({NAME} is missing)") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"{path}: does not say of which site the data are: {error}") from None
