"""Machine code of a Python function, kept on disk so that the next start need not compile it."""

import warnings
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from numba import njit

_FOLDERS: Final[set[Path]] = set()
_STAMPS: Final[dict[str, object]] = {}
"""Of every module with compiled functions: its source's, and those of what it calls elsewhere."""


def compiled(function: Callable[..., Any]) -> Any:  # noqa: ANN401 - numba's dispatcher
    """`function` as machine code that keeps the order of its floating-point operations.

    The code lies beside the source, or in the user's cache folder when that is not writable. Where
    neither can be written, as in a process that is shut in already, it is compiled anew in every
    process (1 s and more; all that a learned twin needs takes 90 s), and a RuntimeWarning says so.
    It is made anew when its source changes, or one that holds what it calls.
    """
    try:
        machine = njit(cache=True, fastmath=False, nogil=True)(function)
    except RuntimeError:  # numba: "no locator available"
        text = f"no folder keeps the machine code of {function.__module__}: compiled at every start"
        warnings.warn(text, RuntimeWarning, stacklevel=2)
        return njit(fastmath=False, nogil=True)(function)
    cache = machine._cache  # type: ignore[attr-defined]
    cache.save_overload = _if_it_can(cache.save_overload)
    # numba asks of a function's own file alone, and keeps in its code what others hold
    stamp = (cache._cache_file._source_stamp, _called_from(function))
    cache._cache_file._source_stamp = _STAMPS[function.__module__] = stamp
    _FOLDERS.add(Path(cache.cache_path))
    return machine


def _called_from(function: Callable[..., Any]) -> tuple[tuple[str, object], ...]:
    """Modules with compiled functions that the function's own has imported, with their stamps."""
    known = function.__globals__.values()
    names = {
        v.__name__ if isinstance(v, ModuleType) else getattr(v, "__module__", "") for v in known
    }
    names -= {function.__module__}
    return tuple((name, _STAMPS[name]) for name in sorted(names & _STAMPS.keys()))


def machine_code_folders() -> tuple[Path, ...]:
    """Where machine code of the modules lies that are loaded."""
    return tuple(sorted(_FOLDERS))


def _if_it_can(save: Callable[..., None]) -> Callable[..., None]:
    """`save`, where a folder that cannot be written any more (full, or shut away) is no error."""

    def tried(*what: object) -> None:
        with suppress(OSError):
            save(*what)

    return tried
