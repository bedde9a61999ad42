"""Times of exports that have a column for the date and one for the clock."""

import numpy as np
from numpy.typing import NDArray

from hil.trend.cells import packed
from hil.trend.piece import Stamps
from hil.trend.stamp_format import Format

Words = tuple[NDArray[np.int64], list[str]]
"""Of a column: an index for each row, and the words (`Piece.texts`)."""


def joined(dates: Words, clocks: Words, format: Format) -> Stamps:
    """Times of `format` that stand in two columns, read as one with a blank between."""
    from hil.trend.stamps import instants  # compiled

    date, clock = (
        np.array([word.strip(_AROUND) for word in words], object) for _, words in (dates, clocks)
    )
    pairs, index = np.unique(dates[0] * len(clock) + clocks[0], return_inverse=True)
    texts = date[pairs // len(clock)] + " " + clock[pairs % len(clock)]
    each = Stamps(*instants(*packed(texts.tolist()), format.operations))
    return Stamps(each.ns[index], each.sound[index], each.offset_s[index])


_AROUND = ' \t"'
"""What may stand around the text of a cell."""
