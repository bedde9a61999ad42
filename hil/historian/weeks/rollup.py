"""Roll-ups: least, mean, greatest value and how many there were, in each minute of a block.

Minutes of one channel are the header `<BdBBBBq` (form and step of its chunk, bytes a number of
each of four rows, base) and a zstd frame with planes of four rows (see `ints`): differences of
the least value, greatest less least, mean less least in 64ths of a step, and by how many the
samples are fewer than the rows. Where the chunk is of bits, so are the first three. A minute
without a number has 0 samples.
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from hil.historian.weeks.codec import BITS, Floats, Form, form_of
from hil.historian.weeks.ints import (
    Damaged,
    Ints,
    fold,
    release,
    squeeze,
    to_planes,
    unfold,
    width_of,
)
from hil.historian.weeks.iso_week import MINUTE_NS

FINE: Final = 64
"""Parts of a step to which a mean is kept [-]."""
_HEAD: Final = struct.Struct("<BdBBBBq")


@dataclass(frozen=True, slots=True)
class Stretches:
    """What lay in some stretches of time; NaN where there was no number."""

    low: Floats
    mean: Floats
    high: Floats
    count: Floats
    """Finite numbers [-]."""


def minutes_of(t_ns: NDArray[np.int64]) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """Where in a block's times each of its minutes begins, and how many rows it has."""
    minute = t_ns // MINUTE_NS
    begins = np.concatenate([[0], np.flatnonzero(np.diff(minute)) + 1]).astype(np.intp)
    return begins, np.diff(np.append(begins, len(t_ns))).astype(np.float64)


def rolled(values: Floats, begins: NDArray[np.intp]) -> Stretches:
    """Stretches of `values`, float64[n] or [n, k], that begin at the given rows; none is empty."""
    finite = np.isfinite(values)
    if finite.all():
        low, high = np.minimum.reduceat(values, begins), np.maximum.reduceat(values, begins)
        rows = np.diff(np.append(begins, len(values))).astype(np.float64)
        count = np.broadcast_to(rows.reshape(-1, *[1] * (values.ndim - 1)), low.shape)
        return Stretches(low, _mean(values, begins, count, low, high), high, count)
    count = np.add.reduceat(finite.astype(np.float64), begins)
    low = np.minimum.reduceat(np.where(finite, values, np.inf), begins)
    high = np.maximum.reduceat(np.where(finite, values, -np.inf), begins)
    none = count == 0
    low[none], high[none] = 0.0, 0.0
    mean = _mean(np.where(finite, values, 0.0), begins, np.maximum(count, 1.0), low, high)
    for part in (low, mean, high):
        part[none] = np.nan
    return Stretches(low, mean, high, count)


def encode_minutes(minutes: Stretches, per_minute: Floats, form: Form) -> bytes:
    """Minutes of one channel; `per_minute` is how many rows each of them has."""
    none = minutes.count == 0
    if form == BITS:
        low, high, mean = (
            np.where(none, 0.0, v).view(np.int64) for v in (minutes.low, minutes.high, minutes.mean)
        )
    else:
        low, high = (_whole(form, v, none) for v in (minutes.low, minutes.high))
        above = np.where(none, 0.0, minutes.mean - minutes.low)
        high, mean = high - low, np.rint(above * form.per_unit * FINE).astype(np.int64)
        mean = np.clip(mean, 0, high * FINE)
    base = int(low[0])
    rows = (
        fold(np.diff(low, prepend=np.int64(base))),
        high.view(np.uint64),
        mean.view(np.uint64),
        (per_minute - minutes.count).astype(np.uint64),
    )
    widths = [width_of(row) for row in rows]
    planes = b"".join(to_planes(r, w) for r, w in zip(rows, widths, strict=True) if w)
    return _HEAD.pack(form.kind, form.step, *widths, base) + (squeeze(planes) if planes else b"")


@dataclass(frozen=True, slots=True)
class Squeezed:
    """Minutes of one block, released but not decoded: that is done for many blocks at once."""

    form: Form
    base: int
    octets: NDArray[np.uint8]
    """uint8[4, 8, minutes]: of each row all lowest bytes, all second ones, and so on."""


def released_minutes(data: bytes, count: int) -> Squeezed:
    """What `encode_minutes` wrote of so many minutes.

    Raises:
        Damaged: it is broken, or of another number of minutes.
    """
    if len(data) < _HEAD.size:
        raise Damaged("a head is cut off")
    kind, step, *widths, base = _HEAD.unpack_from(data)
    form = form_of(kind, step)
    planes = release(data[_HEAD.size :]) if any(widths) else b""
    if len(planes) != count * sum(widths) or max(widths) > 8:
        raise Damaged(f"{len(planes)} bytes for {count} minutes of {sum(widths)}")
    octets, at = np.zeros((4, 8, count), np.uint8), 0
    for row, width in zip(octets, widths, strict=True):
        row[:width] = np.frombuffer(planes, np.uint8, count * width, at).reshape(width, count)
        at += count * width
    return Squeezed(form, base, octets)


def decode_minutes(blocks: Sequence[Squeezed], per_minute: Floats) -> Stretches:
    """Undoes `encode_minutes` for blocks of one form; `per_minute` is of all their minutes."""
    form, lengths = blocks[0].form, [block.octets.shape[2] for block in blocks]
    octets = np.concatenate([block.octets for block in blocks], axis=2)
    rows = np.ascontiguousarray(octets.transpose(0, 2, 1)).view("<u8")[..., 0]
    low = np.cumsum(unfold(rows[0]))  # wraps around, as differences of it do
    before = np.append(np.int64(0), low[np.cumsum(lengths)[:-1] - 1])
    bases = np.array([block.base for block in blocks], np.int64)
    low += np.repeat(bases - before, lengths)
    count = per_minute - rows[3].astype(np.float64)
    if form == BITS:
        least, most, mean = (k.view(np.float64).copy() for k in (low, rows[1], rows[2]))
    else:
        least, most = form.value(low), form.value(low + rows[1].view(np.int64))
        mean = np.clip(least + rows[2].astype(np.float64) / (FINE * form.per_unit), least, most)
    for part in (least, mean, most):
        part[count == 0] = np.nan
    return Stretches(least, mean, most, count)


def _mean(
    values: Floats, begins: NDArray[np.intp], count: Floats, low: Floats, high: Floats
) -> Floats:
    """Means, held between least and greatest value; numbers may be as large as there are."""
    with np.errstate(over="ignore", invalid="ignore"):
        mean = np.add.reduceat(values, begins) / count
        if not np.isfinite(mean).all():
            rows = np.diff(np.append(begins, len(values)))
            mean = np.add.reduceat(values / np.repeat(count, rows, axis=0), begins)
    return np.clip(mean, low, high)


def _whole(form: Form, values: Floats, none: NDArray[np.bool_]) -> Ints:
    """Integers of values; those of empty minutes are those before, which cost nothing."""
    if none.all():
        return np.zeros(len(values), np.int64)
    at = np.where(none, 0, np.arange(len(values)))
    np.maximum.accumulate(at, out=at)
    at[: int(np.argmin(none))] = int(np.argmin(none))
    return form.nearest(values[at]).astype(np.int64)
