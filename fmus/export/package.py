"""Code, XML and libraries → one .fmu, the same bytes for the same input."""

import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from fmus.equations import Model
from fmus.export import xml_fmi2, xml_fmi3
from fmus.export.codegen import Code, generate
from fmus.export.compile import PLATFORMS, fmi_headers, shared_library
from fmus.export.fat import fat_binary
from fmus.export.math_tables import det_tables
from fmus.export.stamp import GENERATOR, STAMP
from twin.errors import unknown

SHELL = Path(__file__).parent.parent / "shell"
FILE_NAMES = {"2.0": "{}.fmu", "3.0": "{}.fmi3.fmu"}
_TIMESTAMP = (1980, 1, 1, 0, 0, 0)


def build_model(
    model: Model,
    out_dir: Path,
    *,
    platforms: Sequence[str],
    fmi: Sequence[str] = ("2.0", "3.0"),
    source_hash: str = "",
) -> list[Path]:
    """Write the FMUs of `model` into `out_dir` and return their paths, one a version."""
    for name in platforms:
        if name not in PLATFORMS:
            raise unknown("platforms", "platform", name, PLATFORMS)
    for version in fmi:
        if version not in FILE_NAMES:
            raise unknown("fmi", "FMI version", version, FILE_NAMES)
    code = generate(model)
    out_dir.mkdir(parents=True, exist_ok=True)
    return [_write(code, out_dir, version, platforms, source_hash) for version in fmi]


def sources(code: Code, version: str) -> dict[str, str]:
    """Every C file and header of one FMU, name → text."""
    files = {"det_tables.h": det_tables(), **fmi_headers(), **code.files}
    for name in ("core.h", "det_math.h", "lu.h", "plug.h", *source_names(version)):
        if name not in files:
            files[name] = (SHELL / name).read_text("utf-8")
    other = "fmi3" if version == "2.0" else "fmi2"
    return {name: text for name, text in sorted(files.items()) if not name.startswith(other)}


def _write(
    code: Code, out_dir: Path, version: str, platforms: Sequence[str], source_hash: str
) -> Path:
    files = sources(code, version)
    entries: dict[str, bytes] = {
        "modelDescription.xml": _description(code, version).encode(),
        STAMP: _stamp(code, version, platforms, source_hash),
        **{f"sources/{name}": text.encode() for name, text in files.items()},
        **_binaries(code, files, version, platforms),
    }
    if version == "3.0":
        entries["sources/buildDescription.xml"] = xml_fmi3.build_description(
            code, source_names(version)
        ).encode()
    path = out_dir / FILE_NAMES[version].format(code.model.name)
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(entries, key=lambda n: (n != "modelDescription.xml", n)):
            _add(archive, name, entries[name])
    draft.replace(path)
    return path


def source_names(version: str) -> list[str]:
    """C files, in order, of which one FMU of FMI `version` is compiled."""
    shell = ["algebra.c", "core.c", "derivatives.c", "events.c", "lu.c", "phases.c", "plug.c"]
    shell += ["pipes.c", "state.c", "step.c", "values.c"]
    front = {"2.0": ["fmi2.c"], "3.0": ["fmi3.c", "fmi3_absent.c"]}[version]
    return [*shell, *front, "model_equations.c", "model_tables.c"]


def _description(code: Code, version: str) -> str:
    if version == "2.0":
        return xml_fmi2.description(code, source_names(version))
    return xml_fmi3.description(code)


def _binaries(
    code: Code, files: Mapping[str, str], version: str, platforms: Sequence[str]
) -> dict[str, bytes]:
    """Libraries by their place in the archive; FMI 2.0 has one folder for both kinds of Mac."""
    found: dict[str, list[bytes]] = {}
    for name in sorted(set(platforms)):
        target = PLATFORMS[name]
        folder = target.fmi2_folder if version == "2.0" else name
        place = f"binaries/{folder}/{code.model.name}{target.extension}"
        found.setdefault(place, []).append(shared_library(files, name).read_bytes())
    return {
        place: parts[0] if len(parts) == 1 else fat_binary(parts) for place, parts in found.items()
    }


def _stamp(code: Code, version: str, platforms: Sequence[str], source_hash: str) -> bytes:
    content = {
        "generator": GENERATOR,
        "model": code.model.name,
        "fmi": version,
        "token": code.token,
        "platforms": sorted(set(platforms)),
        "source_hash": source_hash,
    }
    return (json.dumps(content, indent=2) + "\n").encode()


def _add(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    entry = zipfile.ZipInfo(name, _TIMESTAMP)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.create_system = 3  # the same bytes when built on Windows
    entry.external_attr = (0o755 if name.startswith("binaries/") else 0o644) << 16
    archive.writestr(entry, data)
