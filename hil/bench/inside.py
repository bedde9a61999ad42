"""Work on FMUs in a copy of this process that is shut in: who writes results hosts no FMU."""

import json
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from hil.bench.shut_in import shut_in, shut_in_fmus
from hil.crew.apart import Copy
from hil.gate.interrupt import SIGNALS, interruptible
from twin.site import Site

Say = Callable[[str], None]
"""Hears what came of shutting FMUs in, before they are loaded."""


def inside(
    site: Site,
    work: Callable[[], Any],
    say: Say,
    unconfined: str | None = None,
    read: Iterable[str | Path | None] = (),
) -> Any:  # noqa: ANN401 - JSON
    """What `work` gives, which opens the FMUs of `site`, as JSON types.

    It may read `read` too, and write nothing but a folder for temporary files, gone behind it.
    Where nobody can be shut in, or nobody is to be, it is done here.

    Raises:
        PlantLost: an FMU has crashed.
        HukkaError: as `work` raises it.
        Interrupted: somebody wants an end; the copy has ended and its folder is gone.
    """
    return _done(lambda: shut_in(site, unconfined, read), work, say, unconfined)


def inside_fmus(
    fmus: Iterable[Path],
    work: Callable[[], Any],
    say: Say,
    unconfined: str | None = None,
    read: Iterable[str | Path | None] = (),
) -> Any:  # noqa: ANN401 - JSON
    """The same for FMUs without a site."""
    return _done(lambda: shut_in_fmus(fmus, unconfined, read), work, say, unconfined)


def _done(
    shut: Callable[[], str], work: Callable[[], Any], say: Say, unconfined: str | None
) -> Any:  # noqa: ANN401 - JSON
    if unconfined is not None or not sys.platform.startswith("linux"):
        say(shut())
        return json.loads(json.dumps(work()))
    with interruptible(), tempfile.TemporaryDirectory(prefix="hukka-") as scratch:
        asked: list[Callable[[], Any]] = [shut, work]

        def answer(_question: Any, _tell: Any) -> Any:  # noqa: ANN401 - JSON
            _end_with_its_parent()
            use_scratch(scratch)
            os.dup2(2, 1)  # whatever an FMU prints is no result
            return asked.pop(0)()

        with Copy(answer) as copy:
            say(copy.ask())
            return copy.ask()


def _end_with_its_parent() -> None:
    """Leave Ctrl-C and a closed terminal to the parent, whose SIGTERM ends this copy at once."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL if number == signal.SIGTERM else signal.SIG_IGN)


def use_scratch(folder: str) -> None:
    """Have this process, and the code of FMUs in it, put temporary files into `folder`."""
    tempfile.tempdir = os.environ["TMPDIR"] = folder
