"""Code, XML and libraries → one .fmu, the same bytes for the same input."""

import json
import os
import zipfile
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from fmus.equations import Model
from fmus.export import xml_fmi2, xml_fmi3
from fmus.export.codegen import Code, generate
from fmus.export.compile import PLATFORMS, fmi_headers, is_long, object_file, shared_library
from fmus.export.fat import fat_binary
from fmus.export.math_tables import det_tables
from fmus.export.stamp import GENERATOR, STAMP
from twin.errors import unknown

SHELL = Path(__file__).parent.parent / "shell"
FILE_NAMES = {"2.0": "{}.fmu", "3.0": "{}.fmi3.fmu"}
"""By FMI version; in braces the stem, usually the model's name."""
_TIMESTAMP = (1980, 1, 1, 0, 0, 0)


def build_model(
    model: Model,
    out_dir: Path,
    *,
    platforms: Sequence[str],
    fmi: Sequence[str] = ("2.0", "3.0"),
    source_hash: str = "",
    stem: str = "",
) -> list[Path]:
    """Write the FMUs of `model` into `out_dir` and return their paths, one a version.

    Files are named `stem`, or after the model.
    """
    for name in platforms:
        if name not in PLATFORMS:
            raise unknown("platforms", "platform", name, PLATFORMS)
    for version in fmi:
        if version not in FILE_NAMES:
            raise unknown("fmi", "FMI version", version, FILE_NAMES)
    code = _generated(model, platforms)
    out_dir.mkdir(parents=True, exist_ok=True)
    paths = {v: out_dir / FILE_NAMES[v].format(stem or code.model.name) for v in fmi}
    return [_write(code, path, v, platforms, source_hash) for v, path in paths.items()]


def _generated(model: Model, platforms: Sequence[str]) -> Code:
    """Code of `model`; its long units are compiled as soon as they are written."""
    headers = {
        "det_tables.h": det_tables(),
        "det_math.h": (SHELL / "det_math.h").read_text("utf-8"),
    }
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        begun: list[Future[Path]] = []

        def begin(name: str, text: str) -> None:
            if is_long(text):
                files = {**headers, name: text}
                begun.extend(
                    pool.submit(object_file, name, files, p) for p in sorted(set(platforms))
                )

        code = generate(model, begin)
        for one in begun:
            one.result()  # says what a compiler refused
    return code


def sources(code: Code) -> dict[str, str]:
    """Every C file and header of the library, name → text.

    One library serves FMI 2.0 and 3.0: it is compiled once and has the functions of both.
    """
    headers = ("core.h", "det_math.h", "lu.h", "plug.h", "sums.h")
    shell = [name for name in (*headers, *source_names(code)) if name not in code.files]
    files = {"det_tables.h": det_tables(), **fmi_headers(), **code.files}
    files |= {name: (SHELL / name).read_text("utf-8") for name in shell}
    return dict(sorted(files.items()))


def _write(
    code: Code, path: Path, version: str, platforms: Sequence[str], source_hash: str
) -> Path:
    files, names = sources(code), source_names(code)
    entries: dict[str, bytes] = {
        "modelDescription.xml": _description(code, version, names).encode(),
        STAMP: _stamp(code, version, platforms, source_hash),
        **{f"sources/{name}": text.encode() for name, text in files.items()},
        **_binaries(code, files, version, platforms),
    }
    if version == "3.0":
        built = xml_fmi3.build_description(code, names)
        entries["sources/buildDescription.xml"] = built.encode()
    draft = path.with_name(f"{path.name}.{os.getpid()}.part")
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(entries, key=lambda n: (n != "modelDescription.xml", n)):
            _add(archive, name, entries[name])
    draft.replace(path)
    return path


def source_names(code: Code) -> list[str]:
    """C files, in order, of which the library is compiled."""
    shell = [
        "algebra.c",
        "core.c",
        "derivatives.c",
        "events.c",
        "factors.c",
        "lu.c",
        "phases.c",
        "pipes.c",
    ]
    shell += ["plug.c", "ranges.c", "state.c", "step.c", "values.c"]
    shell += ["fmi2.c", "fmi3.c", "fmi3_absent.c"]
    return [*shell, *sorted(name for name in code.files if name.endswith(".c"))]


def _description(code: Code, version: str, names: list[str]) -> str:
    return xml_fmi2.description(code, names) if version == "2.0" else xml_fmi3.description(code)


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
