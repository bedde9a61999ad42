"""The state of an object graph as bytes, without the parts of it that cannot be written down.

Models that run inside of FMUs, open files and the objects around them are `apart`: in the bytes
stands only their name, and who reads the bytes says what the names mean now. What is read is made
of this project's classes, arrays and plain Python's types alone: a file from somewhere else finds
no shell there. Still, the bytes are as good as a program, and belong into a folder of one's own.
"""

import io
import pickle
from collections.abc import Mapping
from typing import Any, Final

ROOMS: Final = ("twin.", "hil.monitor.", "numpy._core.", "numpy.random._", "numpy.random.bit_")
PLAIN: Final = frozenset(
    {
        ("builtins", name)
        for name in (
            *("set", "frozenset", "bytearray", "complex", "slice", "range", "getattr", "list"),
            *("dict", "tuple", "int", "float", "bool", "str", "bytes", "object"),
        )
    }
    | {
        ("collections", "deque"),
        ("collections", "OrderedDict"),
        ("collections", "defaultdict"),
        ("functools", "partial"),
        ("copyreg", "_reconstructor"),
        ("_codecs", "encode"),
        ("numpy", "ndarray"),
        ("numpy", "dtype"),
    }
)
"""What else may stand in the bytes."""


class NotWritable(Exception):
    """Something in the graph cannot be written down."""


def to_bytes(root: object, apart: Mapping[str, object]) -> bytes:
    """`root` as bytes; objects that are `apart` stand there by their names.

    Raises:
        NotWritable: names what has no bytes.
    """
    names = {id(thing): name for name, thing in apart.items()}
    out = io.BytesIO()
    try:
        _Pickler(out, names).dump(root)
    except (TypeError, AttributeError, pickle.PicklingError) as error:
        raise NotWritable(str(error)) from error
    return out.getvalue()


def from_bytes(data: bytes, apart: Mapping[str, object]) -> Any:  # noqa: ANN401 - what was written
    """What `to_bytes` was given, around the objects that are `apart` now.

    Raises:
        ValueError: the bytes are cut, or hold something that never was in them.
    """
    try:
        return _Unpickler(io.BytesIO(data), apart).load()
    except (pickle.UnpicklingError, EOFError, KeyError, AttributeError, ImportError) as error:
        raise ValueError(f"not what was written: {error}") from error


class _Pickler(pickle.Pickler):
    def __init__(self, out: io.BytesIO, names: Mapping[int, str]) -> None:
        super().__init__(out, protocol=5)
        self._names = names

    def persistent_id(self, obj: object) -> str | None:
        return self._names.get(id(obj))


class _Unpickler(pickle.Unpickler):
    def __init__(self, data: io.BytesIO, apart: Mapping[str, object]) -> None:
        super().__init__(data)
        self._apart = apart

    def persistent_load(self, pid: object) -> object:
        return self._apart[str(pid)]

    def find_class(self, module: str, name: str) -> object:
        if (module, name) in PLAIN or module.startswith(ROOMS):
            return super().find_class(module, name)
        raise pickle.UnpicklingError(f"{module}.{name} does not belong there")
