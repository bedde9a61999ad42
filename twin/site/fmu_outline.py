"""What a site must know of an FMU to see what can break in it and what it can reckon.

Reads its description and loads no code.
"""

import functools
import math
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

_LARGEST_B = 64 * 1024 * 1024
"""A description that swells beyond this is not read."""
_MOST_TAGS = 2_000_000
"""Nor one that would fill the memory with elements; both ends of an element count."""
_PACKINGS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""Those that FMI allows."""
_BROKEN = (
    *(OSError, EOFError, RuntimeError, LookupError, ValueError),  # encrypted, unknown encodings...
    *(zipfile.BadZipFile, zlib.error, ElementTree.ParseError),
)
"""What reading a damaged file raises."""
_NUMBERS = ("Real", "Float64", "Float32")


@dataclass(frozen=True, slots=True)
class Tunable:
    """A number that may be set while the FMU runs, as the FMU declares it, in `unit`.

    `min` and `max` are infinite, `start` is NaN where it says nothing.
    """

    name: str
    unit: str
    min: float
    max: float
    start: float
    description: str

    @property
    def can_break(self) -> bool:
        """Whether it reads like the size of a fault: 0, which is healthy, and a range around it."""
        return self.start == 0.0 and self.min <= 0.0 <= self.max and 0.0 < self.span < math.inf

    @property
    def span(self) -> float:
        """From its least to its largest value [unit]."""
        return self.max - self.min


@dataclass(frozen=True, slots=True)
class FmuOutline:
    """Name of the model, and its parameters that may change while it runs, in its order."""

    model: str
    tunable: tuple[Tunable, ...]
    outputs: Mapping[str, str]
    """Unit of each output that is a number; empty where the FMU says none."""


def fmu_outline(path: Path) -> FmuOutline | None:
    """The model inside the FMU at `path`.

    None when there is no such file, or it is none: what is wrong with it is for the plant to
    say, when it opens it.
    """
    try:
        found = path.stat()
    except (OSError, ValueError):  # the latter: a zero byte in its name
        return None
    return _read(path, (found.st_mtime_ns, found.st_size))


@functools.lru_cache(maxsize=64)
def _read(path: Path, version: tuple[int, int]) -> FmuOutline | None:
    """`version`, the file's time [ns] and size [B], makes one that was built anew another one."""
    try:
        with zipfile.ZipFile(path) as archive:
            member = archive.getinfo("modelDescription.xml")
            if member.file_size > _LARGEST_B or member.compress_type not in _PACKINGS:
                return None
            text = archive.read(member)
        ascii_of_it = text.replace(b"\0", b"")  # UTF-16 puts zeros between
        bombs = b"<!DOCTYPE" in ascii_of_it  # where entity bombs live
        if bombs or ascii_of_it.count(b"<") > _MOST_TAGS:
            return None
        root = ElementTree.fromstring(text)
    except _BROKEN:
        return None
    types = _declared_types(root)
    variables = root.findall("ModelVariables/*")
    tunable = (
        _tunable(variable, types)
        for variable in variables
        if (variable.get("causality"), variable.get("variability")) == ("parameter", "tunable")
    )
    outputs = {
        variable.get("name", ""): told.get("unit", "")
        for variable in variables
        if variable.get("causality") == "output"
        and (told := _as_number(variable, types)) is not None
    }
    return FmuOutline(
        root.get("modelName", ""), tuple(t for t in tunable if t is not None), outputs
    )


def _declared_types(root: ElementTree.Element) -> Mapping[str, Mapping[str, str]]:
    """Attributes of the types of numbers by name: FMI 2.0 wraps them, FMI 3.0 does not."""
    found = {}
    for declared in root.iterfind("TypeDefinitions/*"):
        inner = declared.find("Real") if declared.tag == "SimpleType" else declared
        if inner is not None:
            found[declared.get("name", "")] = inner.attrib
    return found


def _tunable(
    variable: ElementTree.Element, types: Mapping[str, Mapping[str, str]]
) -> Tunable | None:
    told = _as_number(variable, types)
    if told is None:
        return None
    unit = told.get("unit", "1")
    return Tunable(
        name=variable.get("name", ""),
        unit="-" if unit == "1" else unit,
        min=_number(told.get("min"), -math.inf),
        max=_number(told.get("max"), math.inf),
        start=_number(told.get("start"), math.nan),
        description=variable.get("description", ""),
    )


def _as_number(
    variable: ElementTree.Element, types: Mapping[str, Mapping[str, str]]
) -> Mapping[str, str] | None:
    """What is declared of a number, its type included.

    None of what is none, and of an array, whose elements have no value of their own.
    """
    number = variable.find("Real") if variable.tag == "ScalarVariable" else variable
    if number is None or number.tag not in _NUMBERS or number.find("Dimension") is not None:
        return None
    return {**types.get(number.get("declaredType", ""), {}), **number.attrib}


def _number(text: str | None, otherwise: float) -> float:
    try:
        return otherwise if text is None else float(text)
    except ValueError:
        return otherwise
