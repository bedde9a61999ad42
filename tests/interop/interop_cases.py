"""What is asked in the matrix, and what has to come back: worked out on plain lists."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

UNIT, OTHER_UNIT, NOBODY, EVERYBODY = 1, 2, 9, 0
BITS, REGISTERS = 2000, 200
LIMITED, HIGHEST = 199, 1000
"""The last holding register of our server takes at most this."""


class Step(NamedTuple):
    """One request: `unit function arguments...`; writes carry their values behind the address."""

    function: int
    arguments: tuple[int, ...] = ()
    unit: int = UNIT
    raw: bytes = b""
    """The request itself, where our client would not make one."""

    @property
    def line(self) -> str:
        """The step as the peers read it."""
        return " ".join(map(str, (self.unit, self.function, *self.arguments)))


class Tables:
    """What a unit holds; another `seed` gives other values at every place."""

    def __init__(self, seed: int) -> None:
        self.co = [(i * i + i // 3 + seed) % 5 % 2 for i in range(BITS)]
        self.di = [(i * i + i // 7 + seed) % 7 % 2 for i in range(BITS)]
        self.hr = [(i * 2749 + 4660 * seed) & 0xFFFF for i in range(REGISTERS)]
        self.ir = [(i * 7919 + 257 * seed) & 0xFFFF for i in range(REGISTERS)]
        self.hr[LIMITED] = seed

    def perform(self, step: Step) -> str:
        """What a step that all agree on brings, after doing it here."""
        a = step.arguments
        match step.function:
            case 1 | 2 | 3 | 4:
                table = (self.co, self.di, self.hr, self.ir)[step.function - 1]
                return _values(table[a[0] : a[0] + a[1]])
            case 5 | 15:
                self.co[a[0] : a[0] + len(a) - 1] = a[1:]
            case 6 | 16:
                self.hr[a[0] : a[0] + len(a) - 1] = a[1:]
            case 22:
                self.hr[a[0]] = (self.hr[a[0]] & a[1]) | (a[2] & ~a[1] & 0xFFFF)
            case 23:
                self.hr[a[2] : a[2] + len(a) - 3] = a[3:]
                return _values(self.hr[a[0] : a[0] + a[1]])
        return "done"


def _values(found: list[int]) -> str:
    return " ".join(["values", *map(str, found)])


def _bits(count: int) -> tuple[int, ...]:
    return tuple(i * 5 % 3 % 2 for i in range(count))


def _words(count: int, first: int) -> tuple[int, ...]:
    return tuple((first + 5557 * i) & 0xFFFF for i in range(count))


WORK: Mapping[str, tuple[Step, ...]] = {
    "1": (Step(1, (3, 11)), Step(1, (0, 1)), Step(1, (0, BITS))),
    "2": (Step(2, (5, 17)), Step(2, (7, 8)), Step(2, (0, BITS))),
    "3": (Step(3, (7, 5)), Step(3, (198, 1)), Step(3, (75, 125))),
    "4": (Step(4, (9, 3)), Step(4, (199, 1)), Step(4, (0, 125))),
    "5": (Step(5, (9, 1)), Step(5, (9, 0)), Step(5, (1999, 1))),
    "6": (Step(6, (11, 0xBEEF)), Step(6, (12, 0)), Step(6, (11, 0x8000))),
    "15": (Step(15, (3, *_bits(11))), Step(15, (20, 1)), Step(15, (32, *_bits(1968)))),
    "16": (Step(16, (5, *_words(3, 777))), Step(16, (8, 1)), Step(16, (70, *_words(123, 99)))),
    "22": (Step(22, (4, 0xF2F2, 0x2525)), Step(22, (4, 0, 0x1234)), Step(22, (4, 0xFFFF, 0))),
    "23": (Step(23, (5, 4, 7, 51, 52)), Step(23, (60, 125, 70, *_words(121, 1)))),
}
"""By function: a few places, one value alone, and as many as the specification allows."""

IDENTIFY = Step(43, (1, 0))
REFUSED_FUNCTION = Step(17), Step(43, raw=b"\x2b\x0d\x00\x00")
"""Of our server a function it lacks; of theirs a type of function 43 that nobody has."""
REFUSED_ADDRESS = (Step(3, (190, 20)), Step(1, (1999, 2)), Step(6, (5000, 1)))
REFUSED_VALUE = (
    (Step(6, (LIMITED, HIGHEST + 1)), Step(16, (LIMITED - 1, 1, HIGHEST + 1))),
    (Step(3, raw=b"\x03\x00\x00\x00\x7e"), Step(1, raw=b"\x01\x00\x00\x07\xd1")),
)
"""Of our server a value beyond a limit; of theirs more than one request may ask for."""
OTHER = Step(3, (0, 20), OTHER_UNIT)
STRANGER = Step(3, (0, 4), NOBODY)
BROADCAST = Step(16, (20, 4242, 2424), EVERYBODY)
HEARD_BY_OTHER = Step(3, (19, 4), OTHER_UNIT)

COLUMNS = (*WORK, "43/14", "ex 1", "ex 2", "ex 3", "unit", "unit 0")


class Case(NamedTuple):
    """A step of a column, and the answers that are right."""

    column: str
    step: Step
    right: tuple[str, ...]


def cases(
    tables: Tables, other: Tables, identity: Mapping[int, str], *, ours: bool, tcp: bool
) -> Iterator[Case]:
    """All steps for our server (`ours`) or for a peer's, in order; `tables` follow the writes."""
    for column, steps in WORK.items():
        for step in steps:
            yield Case(column, step, (tables.perform(step),))
    objects = " ".join(["objects", *(f"{key}:{text}" for key, text in identity.items())])
    yield Case("43/14", IDENTIFY, (objects,))
    yield Case("ex 1", REFUSED_FUNCTION[0 if ours else 1], ("exception 1",))
    for step in REFUSED_ADDRESS:
        yield Case("ex 2", step, ("exception 2",))
    for step in REFUSED_VALUE[0 if ours else 1]:
        yield Case("ex 3", step, ("exception 3",))
    if ours:
        yield Case("unit", OTHER, (other.perform(OTHER),))
    # whoever serves one unit on TCP may be silent for others, or say what a gateway says
    nobody = ("exception 11",) if ours else ("exception 10", "exception 11", "silent")
    yield Case("unit", STRANGER, nobody if tcp else ("silent",))
    yield Case("unit", WORK["3"][0], (tables.perform(WORK["3"][0]),))  # all is well after it
    if tcp:
        return
    # all units do it and none answers; some masters know that, and some wait for an answer
    tables.perform(BROADCAST)
    yield Case("unit 0", BROADCAST, ("done", "silent"))
    if ours and tables.hr[20] == BROADCAST.arguments[1]:  # not where the peer cannot send it
        other.perform(BROADCAST)
        yield Case("unit 0", HEARD_BY_OTHER, (other.perform(HEARD_BY_OTHER),))
