"""What a built file says about itself, and what our sources say: is it up to date?"""

import hashlib
import importlib.metadata
import json
import zipfile
from pathlib import Path

from pydantic import BaseModel

GENERATOR = "hukka exporter 1"
STAMP = "resources/hukka.json"
ROOT = Path(__file__).parent.parent
_SOURCES = {".py", ".c", ".h", ".csv", ".json"}


def source_hash(model_folder: Path, structure: BaseModel | None = None) -> str:
    """Hash of everything that decides the bytes of a model's FMUs, its platforms apart.

    That is the model and its structure, the shared physics, the exporter, the C shell and the
    versions of the packages that write and compile the code.
    """
    digest = hashlib.sha256(GENERATOR.encode())
    for package in ("casadi", "ziglang", "fmpy"):
        digest.update(f"\0{package} {_version(package)}".encode())
    digest.update((structure.model_dump_json() if structure is not None else "").encode())
    for name in ("equations.py", "plug.py"):
        digest.update((ROOT / name).read_bytes())
    for folder in (ROOT / "export", ROOT / "shell", ROOT / "physics", model_folder):
        for path in sorted(p for p in folder.rglob("*") if p.suffix in _SOURCES):
            digest.update(f"\0{folder.name}/{path.relative_to(folder).as_posix()}\0".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def read_stamp(path: Path) -> dict[str, object]:
    """What the FMU at `path` says about its making; empty if it is not one of ours."""
    try:
        with zipfile.ZipFile(path) as archive:
            content = json.loads(archive.read(STAMP))
    except (OSError, KeyError, ValueError, zipfile.BadZipFile):
        return {}
    return content if isinstance(content, dict) else {}


def _version(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "none"
