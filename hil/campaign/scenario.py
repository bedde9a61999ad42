"""What is run on a plant: nothing, one fault, two at once, or one that is not in the bank."""

import re
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal, Self

import numpy as np

from twin.errors import refuse, unknown
from twin.site import Fault, Site
from twin.site.faults import Kind as FaultKind
from twin.site.faults import by_name

Kind = Literal["quiet", "single", "double", "unknown"]
SIZES = (1.0, 0.5)
"""Full and half size [-]."""
OUTSIDE = "?"
"""Before the name of a fault that the bank lacks."""
LEAD_D = (1.5, 2.5)
"""A fault begins so long after the run, evenly between these [d]: the day's window is full."""
DRIFT_LEAD_D = (7.5, 8.5)
"""The same of a drift [d]: the window of 7 days is full, as it is of a plant that is watched."""
AFTER_D = 2.5
"""A fault is watched so long [d]."""
SLOW_K_PER_H = 0.1 / 24.0
"""The slow drift that the score card asks for [K/h]."""
DRIFT_K = 1.0
"""A drift of a temperature is watched until it has come to this [K], within `DRIFT_D`."""
DRIFT_D = (2.5, 10.0)
"""[d]"""
_NUMBER = re.compile(r"\[\d+\]$")


@dataclass(frozen=True)
class Wanted:
    """One item of `--faults`: names with sizes in the catalogue's unit; None is the default."""

    kind: Kind
    faults: tuple[tuple[str, float | None], ...]


@dataclass(frozen=True)
class Injected:
    """A fault of a run; sizes in SI, a drift's per hour."""

    name: str
    part: str
    size: float
    """In the catalogue's unit, as it is injected."""
    size_si: float
    at_s: float
    """Time since the run began [s]."""
    answer: str
    """Hypothesis that is the right answer, whether the bank has it or not."""
    drift: bool = False
    also: tuple[str, ...] = ()
    """Answers that say the same in other words."""
    kind: FaultKind = "process"
    sized: bool = True
    """Whether what is named rightly has the size that was ordered."""

    @property
    def answers(self) -> tuple[str, ...]:
        """All that are right."""
        return (self.answer, *self.also)

    def says(self, hypothesis: str) -> bool:
        """Whether a hypothesis is the right answer, or the same thing of another unit."""
        of_a_kind = self.kind == "process" and mechanism(hypothesis) == mechanism(self.name)
        return of_a_kind or hypothesis in self.answers


@dataclass(frozen=True)
class Scenario:
    """One run of one plant."""

    plant: str
    kind: Kind
    share: float
    """1 of full size, 0.5 of half [-]."""
    faults: tuple[Injected, ...]
    begin_d: float
    """Where in weather and load it begins [d]."""
    days: float
    seed: int

    @property
    def key(self) -> str:
        """Name that no other scenario of the campaign has, good for a file."""
        what = "+".join(f"{f.name}={f.size:g}" for f in self.faults) or "-"
        return f"{self.plant}~{self.kind}~{self.share:g}~{what}"

    def plain(self) -> dict[str, Any]:
        """As JSON types."""
        return asdict(self)

    @classmethod
    def of(cls, plain: dict[str, Any]) -> Self:
        """Back from JSON types."""
        faults = (Injected(**{**f, "also": tuple(f.get("also", ()))}) for f in plain["faults"])
        return cls(**{**plain, "faults": tuple(faults)})


def parse_faults(text: str, site: Site, place: str = "--faults") -> list[Wanted] | str:
    """`A,B=SIZE,A+B,?A` as what is wanted, or one of the words `drawn`, `all`, `none`.

    Raises:
        BadInput: no such fault (with the nearest), or a size outside its range.
    """
    if text in ("drawn", "all", "none"):
        return text
    known = by_name(site)
    found = []
    for item in (word.strip() for word in text.split(",")):
        if not item:
            raise refuse(place, text, "must be names with commas between them, or drawn, all, none")
        names = tuple(_named(n, known, place) for n in item.removeprefix(OUTSIDE).split("+"))
        if len(names) > 2 or (len(names) == 2 and item.startswith(OUTSIDE)):
            raise refuse(place, item, "must be one fault, ?FAULT, or FAULT+FAULT")
        if len({n for n, _ in names}) < len(names):
            raise refuse(place, item, "must be two different faults")
        kind: Kind = "double" if len(names) == 2 else "single"
        wanted = Wanted("unknown" if item.startswith(OUTSIDE) else kind, names)
        if wanted.kind == "single":
            _refuse_half(known[names[0][0]], names[0][1], place)
        found.append(wanted)
    sized = {(w.kind, *((n, known[n].default if s is None else s) for n, s in w.faults))
             for w in found}  # fmt: skip
    if len(sized) < len(found):
        raise refuse(place, text, "must not name anything twice")
    return found


def _refuse_half(fault: Fault, size: float | None, place: str) -> None:
    if not _halves(fault, size):
        full = fault.default if size is None else size
        rule = f"must be {2.0 * fault.min:g} [{fault.unit}] or more: half of it is run too"
        raise refuse(f"{place} {fault.name}", full, rule)


def _halves(fault: Fault, size: float | None) -> bool:
    """Whether half of it is a size of the fault as well, or there is no half of it."""
    full = fault.default if size is None else size
    return _one_size(fault) or fault.min <= full / 2.0 <= fault.max


def _named(text: str, known: Mapping[str, Fault], place: str) -> tuple[str, float | None]:
    name, has_size, number = text.strip().partition("=")
    if name not in known:
        raise unknown(place, "fault", name, [*known, "drawn", "all", "none"])
    if not has_size:
        return name, None
    try:
        size = float(number)
    except ValueError:
        raise refuse(f"{place} {name}", number, "must be a number") from None
    fault = known[name]
    if not (fault.min <= size <= fault.max and size):
        rule = f"must be {fault.min:g} to {fault.max:g} [{fault.unit}] and not 0"
        raise refuse(f"{place} {name}", size, rule)
    return name, size


def answer_of(fault: Fault) -> str:
    """A drifting sensor has a bias that grows; every other fault has its own name."""
    return f"{fault.signal}.bias" if fault.parameter == "drift" else fault.name


def mechanism(name: str) -> tuple[str, str]:
    """Part of a process fault and what breaks there, in whichever of its units or places."""
    return name.partition(".")[0], _NUMBER.sub("", name.rpartition(".")[2])


def same_as(site: Site, fault: Fault) -> tuple[str, ...]:
    """What says the same as `answer_of` the fault.

    While a value hardly moves, a share of it that is read too much is a bias. Where one command
    of a gateway moves, its standing still is all that shows of the gateway's; and remote I/O to
    which nothing comes through has no commands.
    """
    if fault.parameter == "scale":
        return (f"{fault.signal}.bias",)
    if fault.parameter == "stale":
        told = site.controllers[str(fault.controller)]
        silent = () if told.role == "server" else (f"{fault.controller}.silent",)
        return (*(f"{command}.frozen" for command in told.commands.values()), *silent)
    return ()


def quiet(plant: str, begin_d: float, days: float, seed: int) -> Scenario:
    """A plant without a fault for so many `days` from `begin_d` on [d]."""
    return Scenario(plant, "quiet", 1.0, (), begin_d, days, seed)


def scenarios_of(
    site: Site, plant: str, wanted: Wanted, began_d: float, span_d: float, seed: int
) -> list[Scenario]:
    """The runs of one item: full and half size of a single fault, full of the others.

    A drift has no half: it comes to the same, later. They begin on a drawn day within `span_d` from
    `began_d` on [d].
    """
    known = by_name(site)
    shares = SIZES if wanted.kind == "single" else SIZES[:1]
    found = []
    for share in shares:
        if share < 1.0 and any(
            _one_size(known[n]) or not _halves(known[n], size) for n, size in wanted.faults
        ):
            continue
        random = np.random.default_rng([seed, _number(wanted), round(2 * share)])
        begin_d = began_d + float(np.floor(random.uniform(0.0, max(span_d, 1.0))))
        drifts = any(known[n].parameter == "drift" for n, _ in wanted.faults)
        at_d = float(random.uniform(*(DRIFT_LEAD_D if drifts else LEAD_D)))
        faults = tuple(_inject(site, known[n], size, share, at_d) for n, size in wanted.faults)
        after_d = max(_after_d(f) for f in faults)
        run_seed = int(random.integers(2**31))
        found.append(Scenario(plant, wanted.kind, share, faults, begin_d, at_d + after_d, run_seed))
    return found


def _one_size(fault: Fault) -> bool:
    """Of a fault that is there or not, and of a drift."""
    return fault.min == fault.max or fault.parameter == "drift"


def _number(wanted: Wanted) -> int:
    """The same for the same names in whatever order they are asked for."""
    return zlib.crc32(repr((wanted.kind, wanted.faults)).encode())


def _inject(site: Site, fault: Fault, size: float | None, share: float, at_d: float) -> Injected:
    full = fault.default if size is None else size
    size = full * share
    return Injected(
        name=fault.name,
        part=fault.part,
        size=size,
        size_si=size * fault.si_per_unit,
        at_s=round(at_d * 8640.0) * 10.0,
        answer=answer_of(fault),
        drift=fault.parameter == "drift",
        also=same_as(site, fault),
        kind=fault.kind,
        sized=fault.parameter != "hunting",  # its loop takes some of the swing back
    )


def _after_d(fault: Injected) -> float:
    if not fault.drift:
        return AFTER_D
    low, high = DRIFT_D
    return min(max(DRIFT_K / abs(fault.size_si) / 24.0, low), high)


def drawn(site: Site, seen: Sequence[str], number: int, n: int, seed: int) -> list[Wanted]:
    """What a plant has by default: `n` faults of those seen, a slow drift, two unknown, two pairs.

    The order of faults is the campaign's; plant after plant takes the next of them, so that all
    have their turn.
    """
    known = by_name(site)
    order = np.random.default_rng([seed, 5]).permutation(sorted(known)).tolist()
    pool = [name for name in order if name in set(seen) and _is_step(known[name])]
    if not pool:
        return []
    turned = [pool[(number * n + i) % len(pool)] for i in range(len(pool))]
    singles = turned[:n]
    random = np.random.default_rng([seed, number, 7])
    outside = [name for name in turned if OUTSIDE + name in seen]
    # beside a link that is gone there is nothing to be seen of a second fault
    paired = [name for name in pool if known[name].kind not in ("controller", "link")]
    found = [Wanted("single", ((name, None),)) for name in singles]
    slow = [n for n in seen if n in known and not _is_step(known[n]) and known[n].unit == "K/h"]
    if slow:
        found.append(Wanted("single", ((str(random.choice(slow)), SLOW_K_PER_H),)))
    found += [Wanted("unknown", ((name, None),)) for name in outside[:2]]
    for _ in range(2):
        if len(paired) > 1:
            one = str(random.choice(paired))
            # of a reading that stands still nobody sees that it is wrong as well
            others = [n for n in paired if _of_what(known[n]) != _of_what(known[one])]
            if not others:
                continue
            two = str(random.choice(others))
            if Wanted("double", ((one, None), (two, None))) not in found:
                found.append(Wanted("double", ((one, None), (two, None))))
    return found


def everything(site: Site, seen: Sequence[str]) -> list[Wanted]:
    """Every fault that is seen, and as one that the bank lacks where no other name fits."""
    known = by_name(site)
    singles = [Wanted("single", ((n, None),)) for n in seen if n in known]
    outside = [Wanted("unknown", ((n, None),)) for n in known if OUTSIDE + n in seen]
    return singles + outside


def _of_what(fault: Fault) -> str:
    """The reading or the command that a fault is of, or its own name."""
    return fault.signal or fault.command or fault.name


def _is_step(fault: Fault) -> bool:
    return fault.parameter != "drift"
