"""Machine code of a Python function, kept on disk so that the next start need not compile it."""

from collections.abc import Callable
from typing import Any

from numba import njit


def compiled(function: Callable[..., Any]) -> Any:  # noqa: ANN401 - numba's dispatcher
    """`function` as machine code that keeps the order of its floating-point operations.

    The code lies beside the source, or in the user's cache folder when that is not writable. Where
    neither can be written, it is compiled anew in every process (about 1 s).
    """
    try:
        return njit(cache=True, fastmath=False, nogil=True)(function)
    except RuntimeError:  # numba: "no locator available"
        return njit(fastmath=False, nogil=True)(function)
