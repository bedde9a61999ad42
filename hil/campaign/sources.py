"""Which code results are of: one hash over the sources that may decide them."""

import hashlib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.util import find_spec
from pathlib import Path

PACKAGES = ("twin", "hil", "firmware_sim", "fmus")
ENDINGS = frozenset({".py", ".csv", ".yaml"})


@cache
def code() -> str:
    """Hash of hukka's sources as they are installed, when this process first asks for it."""
    return hash_of(folder for package in PACKAGES for folder in _folders(package))


def hash_of(folders: Iterable[Path]) -> str:
    """Hash of names and contents of all sources in `folders`, wherever these lie."""
    found = hashlib.sha256()
    for folder in folders:
        for name, path in sorted(_sources(folder)):
            data = path.read_bytes()
            found.update(f"{folder.name}/{name} {len(data)}\n".encode())
            found.update(data)
    return found.hexdigest()


def _folders(package: str) -> Iterator[Path]:
    spec = find_spec(package)  # without an import: nobody needs fmus to run
    yield from map(Path, (spec and spec.submodule_search_locations) or ())


def _sources(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in folder.rglob("*"):
        # an editor's locks and half-written files have a dot in front
        if path.suffix in ENDINGS and not path.name.startswith("."):
            yield path.relative_to(folder).as_posix(), path
