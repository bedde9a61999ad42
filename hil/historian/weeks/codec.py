"""Numbers of one channel as a chunk: whole multiples of a step where they are, else their bits.

A chunk is the header `<BdH` (form, step, length of the gaps), the gaps (`runs`, 1 where a value is
NaN), and packed integers (`ints`). With `k` for them, a value is

| form | value |
|---|---|
| 0 | k / step (step is the number of steps in a unit) |
| 1 | k * step |
| 2 | k / step + 273.15 |
| 3 | k * step + 273.15 |
| 4 | the float64 whose bits are k |
"""

import struct
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hil.historian.weeks.ints import Damaged, Ints, pack, unpack
from hil.historian.weeks.runs import pack_runs, unpack_runs

Floats = NDArray[np.float64]

EXACT: Final = 1e-9
"""How near a value must come back to count as itself, as a share of it [-]."""
_HEAD: Final = struct.Struct("<BdH")
_WHOLE: Final = 0xFFFF
"""Length of gaps that says: nothing but gaps."""
_BITS: Final = 4
_ICE: Final = 273.15  # the one offset that SI units of sensors have
_UNASKED: Final = (1.0, 0.1, 0.01, 0.001, 1e-4)
_FINER: Final = (1.0, 0.1, 0.01, 0.001)
_TRIED: Final = 64
_LARGEST: Final = 2.0**52
_SANE: Final = (1e-100, 1e100)
"""Steps that are worth a try; others are not those of a sensor."""


@dataclass(frozen=True, slots=True)
class Form:
    """How integers stand for values."""

    kind: int
    step: float

    @property
    def per_unit(self) -> float:
        """Steps in a unit [-]."""
        return 1.0 / self.step if self.kind & 1 else self.step

    def value(self, k: Ints) -> Floats:
        """Values of integers."""
        if self.kind == _BITS:
            return k.view(np.float64)
        whole = k.astype(np.float64)  # exact: `encode` takes no larger k than a float64 can count
        out = whole * self.step if self.kind & 1 else whole / self.step
        return out + _ICE if self.kind & 2 else out

    def nearest(self, values: Floats) -> Floats:
        """Whole numbers whose values are nearest, still as floats."""
        plain = values - _ICE if self.kind & 2 else values
        return np.rint(plain / self.step if self.kind & 1 else plain * self.step)


BITS: Final = Form(_BITS, 1.0)


def encode(values: Floats, resolution: float | None) -> tuple[bytes, Form]:
    """A chunk of one channel, and the form that it took; the resolution is in [channel.unit].

    Without a resolution, and where the given one does not reproduce every value to `EXACT`, finer
    and usual ones are tried, and at last the bits, which give back all that a float64 can be.
    """
    missing = np.isnan(values)
    if missing.all():
        return _HEAD.pack(0, 1.0, _WHOLE), Form(0, 1.0)
    filled = _held(values, missing) if missing.any() else values
    found = _fitting(filled, resolution)
    if found is None:
        return _HEAD.pack(_BITS, 1.0, 0) + pack(values.view(np.int64)), BITS
    form, k = found
    gaps = pack_runs(missing.astype(np.uint8)) or b""
    if len(gaps) >= _WHOLE:  # more holes than a header can say: the bits have room for them
        return _HEAD.pack(_BITS, 1.0, 0) + pack(values.view(np.int64)), BITS
    return _HEAD.pack(form.kind, form.step, len(gaps)) + gaps + pack(k), form


def decode(data: bytes, count: int) -> Floats:
    """`count` values of a chunk.

    Raises:
        Damaged: it is broken, or of another count.
    """
    form, length = head_of(data)
    if length == _WHOLE:
        return np.full(count, np.nan)
    at = _HEAD.size + length
    values = form.value(unpack(data[at:], count))
    if length:
        values[unpack_runs(data[_HEAD.size : at], count) > 0] = np.nan
    return values


def head_of(data: bytes) -> tuple[Form, int]:
    """Form of a chunk, and the length of its gaps [B].

    Raises:
        Damaged: there is no such form.
    """
    if len(data) < _HEAD.size:
        raise Damaged("a head is cut off")
    kind, step, length = _HEAD.unpack_from(data)
    return form_of(kind, step), length


def form_of(kind: int, step: float) -> Form:
    """What a head says, in [channel.unit].

    Raises:
        Damaged: there is no such form.
    """
    if kind > _BITS or not _SANE[0] < step < _SANE[1]:
        raise Damaged(f"there is no form {kind} of step {step}")
    return Form(kind, step)


def _held(values: Floats, missing: NDArray[np.bool_]) -> Floats:
    """With the value before in place of each missing one, or the first after."""
    at = np.where(missing, 0, np.arange(len(values)))
    np.maximum.accumulate(at, out=at)
    first = int(np.argmin(missing))
    at[:first] = first
    return values[at]


def _fitting(values: Floats, resolution: float | None) -> tuple[Form, Ints] | None:
    """The coarsest form that gives back the values to their last bit, or at least to `EXACT`.

    Near is good enough for plain multiples only: beside 273.15, chance would find some.
    """
    few = values[:_TRIED]
    forms = [form for step in _steps(resolution) for form in _forms(step)]
    with np.errstate(over="ignore", invalid="ignore"):
        for tolerance, among in ((0.0, forms), (EXACT, [f for f in forms if not f.kind & 2])):
            for form in among:
                if _fits(form, few, tolerance) is None:
                    continue
                k = _fits(form, values, tolerance)
                if k is not None:
                    return form, k
    return None


def _fits(form: Form, values: Floats, tolerance: float) -> Ints | None:
    whole = form.nearest(values)
    if not np.abs(whole).max() < _LARGEST:  # also where one is not finite
        return None
    k = whole.astype(np.int64)
    back = form.value(k)
    if tolerance == 0.0:
        return k if np.array_equal(back, values) else None
    return k if bool((np.abs(back - values) <= tolerance * np.abs(values)).all()) else None


def _steps(resolution: float | None) -> list[float]:
    given = [] if resolution is None else [resolution * finer for finer in _FINER]
    return [step for step in [*given, *_UNASKED] if _SANE[0] < step < _SANE[1]]


def _forms(step: float) -> tuple[Form, ...]:
    per = 1.0 / step
    if abs(per - round(per)) < 1e-9 * per:  # 0.01 is a hundredth, and k / 100 has its digits
        per = float(round(per))
    return Form(0, per), Form(1, step), Form(2, per), Form(3, step)
