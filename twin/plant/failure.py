"""What can go wrong in a step, as numbers for the compiled loop and as sentences for people."""

from twin.errors import PlantLost

# `where` codes of the exchange. numba freezes them into its cache: after a change of a number
# here, change exchange.py too, or machines with an old cache keep the old one.
FINE = 0
SET_REALS = 1
DO_STEP = 2
GET_REALS = 3
BAD_INPUT = 4
BAD_OUTPUT = 5

FUNCTIONS = {
    2: {SET_REALS: "fmi2SetReal", DO_STEP: "fmi2DoStep", GET_REALS: "fmi2GetReal"},
    3: {SET_REALS: "fmi3SetFloat64", DO_STEP: "fmi3DoStep", GET_REALS: "fmi3GetFloat64"},
}
"""FMI major version -> code -> the function that failed."""

WARNING = 1
"""Largest status of FMI after which a step counts."""
DISCARD = 2
FATAL = 4
TERMINATED = 100
"""Beside the statuses of FMI: DoStep went well and asked to end the simulation."""


class Discarded(PlantLost):
    """The FMU could not calculate it there; a solver may try a shorter step."""


_WORDS = ("OK", "Warning", "Discard", "Error", "Fatal", "Pending")


def status_word(fmi: int, status: int) -> str:
    """`fmi2Discard` and the like; a status that the standard does not know is given as number."""
    if status == TERMINATED:
        return "that the simulation must end"
    known = 0 <= status < len(_WORDS)
    return f"fmi{fmi}{_WORDS[status]}" if known else f"status {status}"


def at_time(error: PlantLost, t_ns: int) -> PlantLost:
    """The same error with the communication point [ns] in front."""
    return PlantLost(f"t = {t_ns / 1e9:g} s: {error}")


def not_finite(name: str, value: float, what: str) -> PlantLost:
    """A value that left the numbers."""
    return PlantLost(f"{name}: {what} {value}, which is not a finite number")
