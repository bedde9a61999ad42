"""From a name or a path to a site that is known to be consistent in itself."""

from pathlib import Path

import twin
from twin.errors import BadInput, unknown
from twin.site.check import check_site
from twin.site.document import Document, read_document
from twin.site.mistakes import raise_all, validated
from twin.site.model import Site

SITES = Path(twin.__file__).parent.parent / "sites"
"""The reference sites: one folder each, next to the installed packages."""

FILE_NAME = "site.yaml"


def list_sites() -> tuple[str, ...]:
    """Names of the reference sites, in alphabetical order."""
    return tuple(sorted(found.parent.name for found in SITES.glob(f"*/{FILE_NAME}")))


def load_site(name_or_path: str | Path) -> Site:
    """A reference site by its name, or any site by its folder or its file.

    Raises:
        BadInput: no such site, or everything that is wrong in its file, a line each.
    """
    document = read_document(_file(str(name_or_path)))
    site = parse_site(document)
    raise_all(check_site(site))
    return site


def parse_site(document: Document) -> Site:
    """The site in `document`, each value checked by itself; BadInput with every mistake."""
    site = validated(document, Site)
    site._document = document
    return site


def _file(name_or_path: str) -> Path:
    if name_or_path in list_sites():
        return SITES / name_or_path / FILE_NAME
    path = Path(name_or_path)
    if path.suffix in (".yaml", ".yml"):
        return path
    if (path / FILE_NAME).is_file():
        return path / FILE_NAME
    if path.is_dir():
        raise BadInput(f"{path}: no {FILE_NAME} in this folder")
    raise unknown("site", "site", name_or_path, list_sites())
