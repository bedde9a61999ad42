"""Names become indices: who feeds which FMU input, checked before anything runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.errors import BadInput, refuse, unknown
from twin.plant.variable import FmuVariable
from twin.signals import conversion

WIRE = np.dtype([("source", np.int64), ("factor", np.float64), ("offset", np.float64)])
"""What feeds one FMU input: `input = factor * board[source] + offset`."""

Variables = Mapping[str, Mapping[str, FmuVariable]]
"""Part name -> its variables by name."""


@dataclass(frozen=True)
class Wiring:
    """The network as index arrays.

    The board is the one vector that values cross on: the inputs from outside first, then every
    FMU output that somebody uses, part by part.
    """

    parts: tuple[str, ...]
    inputs: tuple[FmuVariable, ...]
    """Inputs from outside, in board order."""
    outputs: tuple[FmuVariable, ...]
    wire_names: tuple[str, ...]
    """`part.variable` that each wire feeds; wires are grouped by part."""
    wires: NDArray[np.void]
    wire_vr: NDArray[np.uint32]
    wire_ends: NDArray[np.int64]
    """Part p is fed by wires `wire_ends[p]:wire_ends[p + 1]`."""
    read_names: tuple[str, ...]
    """`part.variable` of each FMU output on the board, grouped by part."""
    read_vr: NDArray[np.uint32]
    read_ends: NDArray[np.int64]
    taps: NDArray[np.int64]
    """Board index of each output of the network."""

    @property
    def board_size(self) -> int:
        """Values on the board."""
        return len(self.inputs) + len(self.read_names)


def wire(
    variables: Variables,
    connections: Sequence[tuple[str, str]],
    inputs: Sequence[str],
    outputs: Sequence[str],
    start: Mapping[str, object],
) -> Wiring:
    """Check every name, unit and direction, and number them.

    Raises:
        BadInput: an unknown name (with the nearest one), a connection against the flow or between
            quantities, two writers on one FMU input, or an FMU input that nothing feeds.
    """
    feeds = _feeds(variables, connections, inputs)
    _check_all_fed(variables, feeds, start)
    used = [source for source, _ in connections] + list(outputs)
    for name in outputs:  # an input may be given on: a sensor can look at a boundary value
        _readable(variables, name, f"output {name}", ("output", "local", "input"))
    reads = [f"{p}.{v}" for p in variables for v in dict.fromkeys(_of_part(used, p))]
    fed = [f"{p}.{v}" for p in variables for v in variables[p] if f"{p}.{v}" in feeds]
    board = {name: i for i, name in enumerate([*(f"> {name}" for name in inputs), *reads])}
    wires = np.zeros(len(fed), WIRE)
    for j, name in enumerate(fed):
        source, factor, offset = feeds[name]
        wires[j] = (board[source], factor, offset)
    return Wiring(
        parts=tuple(variables),
        inputs=tuple(find(variables, name, "") for name in inputs),
        outputs=tuple(find(variables, name, "") for name in outputs),
        wire_names=tuple(fed),
        wires=wires,
        wire_vr=_references(variables, fed),
        wire_ends=_ends(variables, fed),
        read_names=tuple(reads),
        read_vr=_references(variables, reads),
        read_ends=_ends(variables, reads),
        taps=np.array([board[name] for name in outputs], np.int64),
    )


def find(variables: Variables, name: str, place: str) -> FmuVariable:
    """The variable behind `part.variable`; BadInput names the nearest part or variable."""
    part, dot, variable = name.partition(".")
    if not dot:
        raise refuse(place, name, "must be written as part.variable")
    if part not in variables:
        raise unknown(place, "part", part, variables)
    if variable not in variables[part]:
        raise unknown(place, f"variable of {part}", variable, variables[part])
    return variables[part][variable]


def _feeds(
    variables: Variables, connections: Sequence[tuple[str, str]], inputs: Sequence[str]
) -> dict[str, tuple[str, float, float]]:
    """FMU input -> (source on the board, factor, offset). `> name` is the input from outside."""
    feeds: dict[str, tuple[str, float, float]] = {}

    def feed(target: str, source: str, factor: float, offset: float) -> None:
        if target in feeds:
            first = feeds[target][0].removeprefix("> ")
            writers = [w if w != target else "outside" for w in (first, source.removeprefix("> "))]
            raise BadInput(f"{target}: has two writers, {writers[0]} and {writers[1]}")
        feeds[target] = (source, factor, offset)

    for source, target in connections:
        place = f"connection {source} -> {target}"
        taken = _readable(variables, source, place)
        given = _writable(variables, target, place)
        feed(target, source, *_unit_change(place, taken.unit, given.unit))
    for name in inputs:
        _writable(variables, name, f"input {name}")
        feed(name, f"> {name}", 1.0, 0.0)
    return feeds


def _check_all_fed(
    variables: Variables, feeds: Mapping[str, object], start: Mapping[str, object]
) -> None:
    fed = {*feeds, *start}
    loose = [
        f"{part}.{variable.name}"
        for part in variables
        for variable in variables[part].values()
        if variable.causality == "input"
        and variable.is_number
        and f"{part}.{variable.name}" not in fed
        and not (variable.array is not None and f"{part}.{variable.array.name}" in fed)
    ]
    if loose:
        raise BadInput(
            f"{', '.join(loose)}: nothing feeds it; connect it, declare it as an input from outside"
            " or give it a start value to keep"
        )


def _readable(
    variables: Variables,
    name: str,
    place: str,
    allowed: tuple[str, ...] = ("output", "local"),
) -> FmuVariable:
    variable = find(variables, name, place)
    if variable.causality not in allowed:
        rule = f"must be {' or '.join(allowed)}"
        raise refuse(f"{place}: causality of {name}", variable.causality, rule)
    return _number(variable, name, place)


def _writable(variables: Variables, name: str, place: str) -> FmuVariable:
    variable = find(variables, name, place)
    if variable.causality != "input":
        raise refuse(f"{place}: causality of {name}", variable.causality, "must be input")
    return _number(variable, name, place)


def _number(variable: FmuVariable, name: str, place: str) -> FmuVariable:
    if variable.is_array:
        first = next(variable.elements()).name
        part = name.partition(".")[0]
        rule = f"must be a single value, name an element: {part}.{first}"
        raise refuse(f"{place}: type of {name}", f"{variable.type} array", rule)
    if not variable.is_number:
        rule = "must be a number, a truth value or an item of an enumeration"
        raise refuse(f"{place}: type of {name}", variable.type, rule)
    return variable


def _unit_change(place: str, source: str | None, target: str | None) -> tuple[float, float]:
    # An FMU that declares no unit takes what it is given: many foreign ones declare none.
    if source == target or not source or not target:
        return 1.0, 0.0
    try:
        return conversion(source, target)
    except BadInput as error:
        raise BadInput(f"{place}: {error}") from error


def _of_part(names: Sequence[str], part: str) -> list[str]:
    return [name.partition(".")[2] for name in names if name.partition(".")[0] == part]


def _references(variables: Variables, names: Sequence[str]) -> NDArray[np.uint32]:
    return np.array([find(variables, name, "").vr for name in names], np.uint32)


def _ends(variables: Variables, names: Sequence[str]) -> NDArray[np.int64]:
    counts = [len(_of_part(names, part)) for part in variables]
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
