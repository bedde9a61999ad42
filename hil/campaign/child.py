"""A child process: it is shut in if it hosts FMUs, does one thing, and says what came of it."""

import json
import signal
import threading
from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from os import _exit
from pathlib import Path
from typing import Any

from hil.bench.inside import use_scratch
from hil.bench.shut_in import shut_in_fmus
from twin.errors import BadInput, HukkaError, LinkLost, PlantLost

Shut = Callable[[str], str]
"""Shuts a process in that has a folder for temporary files; says what came of it."""
_KINDS = {kind.__name__: kind for kind in (BadInput, LinkLost, PlantLost, HukkaError)}


def shutting(fmus: Sequence[Path], read: Sequence[str | None], unconfined: str | None) -> Shut:
    """What shuts a child in before it loads `fmus`."""
    return partial(_shut, fmus, read, unconfined)


def _shut(
    fmus: Sequence[Path], read: Sequence[str | None], unconfined: str | None, scratch: str
) -> str:
    import hil.campaign.work  # noqa: F401 - it knows where its machine code lies when it is loaded

    use_scratch(scratch)
    return shut_in_fmus(fmus, unconfined, read)


def main(
    pipe: Connection,
    shut: Shut | None,
    scratch: str,
    fn: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
) -> None:
    """Say through `pipe` what `fn` gives, or what went wrong: JSON, which is only ever data."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the parent
    said = "" if shut is None else shut(scratch)
    watch_parent()
    try:
        word: dict[str, Any] = {"found": fn(*args, **kwargs)}
    except HukkaError as error:
        word = {"kind": type(error).__name__, "error": str(error)}
    except (ValueError, ArithmeticError) as error:
        word = {"kind": "ValueError", "error": f"{type(error).__name__}: {error}"}
    pipe.send_bytes(json.dumps({**word, "said": said}).encode())


def heard(word: dict[str, Any]) -> Any:  # noqa: ANN401 - JSON
    """What `fn` gave in the child, or its error."""
    if "found" in word:
        return word["found"]
    raise _KINDS.get(word["kind"], ValueError)(word["error"])


def watch_parent() -> None:
    """End this process when the one that started it is gone."""
    parent = parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        _exit(1)

    threading.Thread(target=wait, daemon=True, name="watch parent").start()
