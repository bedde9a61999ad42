"""Machine code of the controllers' programs: the functions of `firmware_sim`, read a second time.

A program is Python that a compiler understands as well, so there is one text of it. Importing
this file imports numba (0.5 s).
"""

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, cast

from numba import njit

import firmware_sim
from firmware_sim.program import Orders, Program
from hil.bench.direct import cycles
from twin.compiled import compiled
from twin.plant.exchange import exchange
from twin.plant.measure import measure

Scan = Callable[..., tuple[Any, ...]]


def known(value: float) -> float | None:
    """A sensor's value [point.unit] as programs take it: None where it is NaN."""
    return value if value == value else None


class Translation:
    """Functions as machine code, together with those of `firmware_sim` that they call."""

    def __init__(self) -> None:
        self._done: dict[FunctionType, Any] = {}

    def of(self, function: FunctionType) -> Any:  # noqa: ANN401 - numba's dispatcher
        """`function` with its order of floating-point operations kept."""
        if function not in self._done:
            self._done[function] = njit(fastmath=False)(rebound(function, self._called(function)))
        return self._done[function]

    def _called(self, function: FunctionType) -> dict[str, Any]:
        named = {name: function.__globals__.get(name) for name in function.__code__.co_names}
        return {
            name: self.of(value)
            for name, value in named.items()
            if isinstance(value, FunctionType) and value.__module__.startswith("firmware_sim.")
        }


def rebound(function: FunctionType, names: dict[str, Any]) -> FunctionType:
    """`function` with other meanings for some of the global `names` that it uses."""
    known_names = {**function.__globals__, **names}
    copy = FunctionType(
        function.__code__,
        known_names,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    copy.__qualname__ = function.__qualname__
    return copy


def scan_of(programs: Sequence[Program[Any, Any, Any]], commands: Sequence[Sequence[str]]) -> Scan:
    """One scan of all `programs`, as machine code; `commands` are outputs of each, by name.

    `(memories, values, settings, orders, outputs, dt_s) -> memories`: `values` float64 are the
    sensors of all programs in a row, NaN where one is not credible; `orders` bool[programs, 4]
    are enable, reset, manual and lost; `outputs` float64 takes the commands of all in a row.
    """
    translation = Translation()
    names: dict[str, Any] = {"Orders": Orders, "known": njit(known)}
    lines = ["def scan(memories, values, settings, orders, outputs, dt_s):"]
    at = out = 0
    for i, (program, wanted) in enumerate(zip(programs, commands, strict=True)):
        step = cast("FunctionType", program.step)
        names |= {f"Sensors{i}": program.sensors, f"step{i}": translation.of(step)}
        fields = ", ".join(f"known(values[{at + j}])" for j in range(len(program.sensors._fields)))
        order = ", ".join(f"orders[{i}, {j}]" for j in range(4))
        lines.append(
            f"    m{i}, r{i} = step{i}(memories[{i}], Sensors{i}({fields}), settings[{i}],"
            f" Orders({order}), dt_s)"
        )
        lines += [f"    outputs[{out + j}] = r{i}.outputs.{n}" for j, n in enumerate(wanted)]
        at, out = at + len(program.sensors._fields), out + len(wanted)
    lines.append(f"    return ({''.join(f'm{i}, ' for i in range(len(programs)))})")
    exec("\n".join(lines), names)
    scan: Scan = njit(fastmath=False)(names["scan"])
    return scan


def cycles_of(
    types: Sequence[str],
    programs: Sequence[Program[Any, Any, Any]],
    commands: Sequence[Sequence[str]],
) -> Callable[..., Any]:
    """`cycles.run` for controllers of these `types`, kept on disk until a source changes.

    numba looks at the file of the one function that it keeps; what else is in the machine code
    is in the digest, which it takes into account as well.
    """
    digest = _digest([*types, *(" ".join(c) for c in commands)], cycles)
    names = {"scan": scan_of(programs, commands)}
    run: Callable[..., Any] = compiled(rebound(cycles.make_run(digest), names))
    return run


def _digest(words: Sequence[str], *modules: ModuleType) -> str:
    """Of all sources whose functions end up in the machine code of a cycle."""
    files = {
        *Path(firmware_sim.__file__).parent.glob("*.py"),
        *(Path(str(m.__file__)) for m in modules),
        *(Path(f.py_func.__code__.co_filename) for f in (exchange, measure)),
        Path(__file__),
    }
    sources = [file.read_bytes() for file in sorted(files)]
    return hashlib.sha256(b"\0".join([*(w.encode() for w in words), *sources])).hexdigest()
