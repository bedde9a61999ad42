"""`Learned` as one plain npz of numbers, with a JSON text of what it belongs to.

No code is stored and none is run by loading. Names of signals and hypotheses, windows, version
and the site's hash must be those of today: what was learned of one site says nothing about another.
Parameters that were calibrated are in that text; what was learned holds for models that have them.
"""

import hashlib
import io
import json
import math
import zlib
from collections.abc import Mapping
from dataclasses import asdict, fields
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.expectation import Expectation
from twin.diagnosis.learned import Learned, Plant
from twin.diagnosis.regression import Regression
from twin.diagnosis.settings import Settings
from twin.errors import BadInput

VERSION = 8
"""Of the file; one more with every change of what is in it, and of a constant outside `Settings`
that learning depends on."""


def to_bytes(
    learned: Learned,
    plant: Plant,
    settings: Settings,
    site_hash: str,
    parameters: Mapping[str, float] | None = None,
) -> bytes:
    """The file; the same bytes for the same numbers. `parameters` are PART.NAME: value [unit]."""
    of = learned.expectation
    arrays = {
        f"regression.{i}.{f.name}": np.asarray(getattr(part, f.name))
        for i, part in enumerate(of.parts)
        for f in fields(Regression)
    }
    for i, (own, columns) in enumerate(zip(of.signals, of.columns, strict=True)):
        arrays |= {f"regression.{i}.signals": own, f"regression.{i}.columns": columns}
    for f in fields(Learned):
        value = getattr(learned, f.name)
        if isinstance(value, tuple):
            arrays |= {f"{f.name}.{i}": v for i, v in enumerate(value) if v is not None}
        elif f.name != "expectation":
            arrays[f.name] = np.asarray(value)
    about = _belongs(plant, settings, site_hash) | {"parameters": dict(parameters or {})}
    meta = json.dumps(about, sort_keys=True)
    arrays["meta"] = np.frombuffer(meta.encode(), np.uint8)
    file = io.BytesIO()
    np.savez(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def from_bytes(
    data: bytes, plant: Plant, settings: Settings, site_hash: str, place: str
) -> Learned:
    """What was learned, if it fits the site; `place` is where the file lies, for the message.

    Raises:
        BadInput: if it is no such file, or belongs to another site, bank, version or settings.
    """
    meta, arrays = _opened(data, place)
    today = json.loads(json.dumps(_belongs(plant, settings, site_hash)))
    for key, value in today.items():
        if meta.get(key) != value:
            raise BadInput(f"{place}: {_misfit(key, meta.get(key), value)}")
    try:
        return _learned(arrays, len(settings.windows), len(plant.parts))
    except KeyError as error:
        raise BadInput(f"{place}: {error.args[0]} is missing in it") from error


def parameters_in(data: bytes, place: str) -> dict[str, float]:
    """Calibrated parameters, PART.NAME: value in the FMU's unit; `from_bytes` asks what they fit.

    Raises:
        BadInput: if it is no such file.
    """
    found = _opened(data, place)[0].get("parameters", {})
    if not isinstance(found, dict) or not all(map(_is_number, found.values())):
        raise BadInput(f"{place}: no file of what a twin has learned")
    return {str(name): float(value) for name, value in found.items()}


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _opened(data: bytes, place: str) -> tuple[dict[str, object], dict[str, NDArray[np.float64]]]:
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            arrays = {name: np.asarray(file[name]) for name in file.files}
        meta = json.loads(arrays.pop("meta").tobytes().decode())
    except _NO_SUCH_FILE as error:
        raise BadInput(f"{place}: no file of what a twin has learned") from error
    if not isinstance(meta, dict):
        raise BadInput(f"{place}: no file of what a twin has learned")
    return meta, arrays


_NO_SUCH_FILE = (
    *(OSError, ValueError, KeyError, EOFError, BadZipFile, zlib.error),
    RuntimeError,  # a zip that wants a password, or is packed in a way that nobody knows here
    TypeError,  # an .npy: it is an array, no file of several
)


def _belongs(plant: Plant, settings: Settings, site_hash: str) -> dict[str, object]:
    bank = json.dumps([asdict(h) for h in plant.hypotheses], sort_keys=True)
    return {
        "version": VERSION,
        "site": site_hash,
        "signals": list(plant.signals),
        "parts": list(plant.part_of),
        "operating": list(plant.operating_of),
        "channels": [c.name for c in plant.channels],
        "hypotheses": hashlib.sha256(bank.encode()).hexdigest(),
        "settings": hashlib.sha256(
            json.dumps(asdict(settings), sort_keys=True).encode()
        ).hexdigest(),
    }


def _misfit(key: str, found: object, wanted: object) -> str:
    if isinstance(found, list) and isinstance(wanted, list):
        gone, new = set(found) - set(wanted), set(wanted) - set(found)
        found, wanted = sorted(gone) or "another order", sorted(new) or "today's"
    return f"{key} is {found}, today it is {wanted}: run the commissioning again"


def _regression(arrays: dict[str, NDArray[np.float64]], i: int) -> Regression:
    of = {f.name: arrays[f"regression.{i}.{f.name}"] for f in fields(Regression)}
    return Regression(
        centre=of["centre"],
        spread=of["spread"],
        low=of["low"],
        high=of["high"],
        coefficients=of["coefficients"],
        precision_inverse=of["precision_inverse"],
        penalty=float(of["penalty"]),
        usual=float(of["usual"]),
        varied=of["varied"],
        points=of["points"].astype(np.float32),
        day=of["day"].astype(np.int64),
    )


def _learned(arrays: dict[str, NDArray[np.float64]], windows: int, parts: int) -> Learned:
    known = Expectation(
        tuple(_regression(arrays, i) for i in range(parts)),
        tuple(arrays[f"regression.{i}.signals"].astype(np.intp) for i in range(parts)),
        tuple(arrays[f"regression.{i}.columns"].astype(np.intp) for i in range(parts)),
    )
    return Learned(
        scale=arrays["scale"],
        usual_variance=arrays["usual_variance"],
        expectation=known,
        lever=arrays["lever"],
        strange=arrays["strange"],
        mean=tuple(arrays[f"mean.{i}"] for i in range(windows)),
        slope=tuple(arrays.get(f"slope.{i}") for i in range(windows)),
        keep=tuple(arrays[f"keep.{i}"] for i in range(windows)),
        fault_at=arrays["fault_at"],
        unknown_at=arrays["unknown_at"],
        rest=arrays["rest"],
        signature=arrays["signature"],
        restless=arrays["restless"],
        days=float(arrays["days"]),
        habits=arrays["habits"],
    )
