"""The models that ship, by name, and building them only when something has changed."""

import importlib
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import cast

from fmus.export.stamp import read_stamp, source_hash
from fmus.structure import Structure
from twin.errors import BadInput, unknown

MODELS = {
    "CoolingLoop": "fmus.cooling_loop.model",
    "HeatPump": "fmus.heat_pump.model",
    "DistrictNetwork": "fmus.district_network.model",
    "Manifold": "fmus.manifold.model",
    "PlugPipe": "fmus.pipe.plug",
    "SmoothPipe": "fmus.pipe.smooth",
}
"""Model name → module with a function `build() -> Model`."""

BUILT = Path(__file__).parent.parent / "built"
"""Where built FMUs are kept unless told otherwise."""


def build_named(
    name: str,
    out_dir: Path = BUILT,
    *,
    platforms: Sequence[str] = (),
    fmi: Sequence[str] = ("2.0", "3.0"),
    structure: Structure | None = None,
    stem: str = "",
) -> list[Path]:
    """Paths of the FMUs of a model that ships; built unless they are up to date.

    `structure` is the model's own (see `structure_type`), None its default; `stem` what the files
    are called, the model's name unless given. `platforms` empty means the one this runs on. A file
    that was built for more platforms than asked for is up to date too.

    Raises:
        BadInput: unknown model, or casadi or ziglang is not installed.
    """
    from fmus.export.compile import native_platform

    if name not in MODELS:
        raise unknown("fmu build", "model", name, MODELS)
    wanted = sorted(set(platforms) or {native_platform()})
    stem = stem or name
    hashed = source_hash(_folder(MODELS[name]), structure)
    paths = [out_dir / f"{stem}{'.fmi3' if version == '3.0' else ''}.fmu" for version in fmi]
    if all(_is_current(path, hashed, wanted) for path in paths):
        return paths
    module = _module(name)
    from fmus.export.package import build_model

    return build_model(
        module.build(structure),
        out_dir,
        platforms=wanted,
        fmi=tuple(fmi),
        source_hash=hashed,
        stem=stem,
    )


def structure_type(name: str, place: str = "structure") -> type[Structure]:
    """The class that says which structures the model `name` can be built with.

    Raises:
        BadInput: unknown model; `place` begins the message.
    """
    if name not in MODELS:
        raise unknown(place, "model", name, MODELS)
    return cast("type[Structure]", _module(name).Structure)


def _module(name: str) -> ModuleType:
    try:
        return importlib.import_module(MODELS[name])
    except ModuleNotFoundError as error:
        if error.name != "casadi":
            raise
        raise BadInput("casadi is not installed: pip install 'hukka[build]'") from error


def _is_current(path: Path, hashed: str, platforms: Sequence[str]) -> bool:
    stamp = read_stamp(path)
    built_for = stamp.get("platforms")
    if stamp.get("source_hash") != hashed or not isinstance(built_for, list):
        return False
    return set(platforms) <= set(built_for)


def _folder(module: str) -> Path:
    spec = importlib.util.find_spec(module)
    if spec is None or spec.origin is None:
        raise BadInput(f"module {module} is missing")
    return Path(spec.origin).parent
