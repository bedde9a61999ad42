"""Work on FMUs in a copy of this process that is shut in: who writes results hosts no FMU."""

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, NamedTuple

from hil.bench.shut_in import shut_in, shut_in_fmus
from hil.crew.apart import Copy
from twin.site import Site


class Done(NamedTuple):
    """What came of some work."""

    found: Any
    """As JSON types."""
    said: str
    """What came of shutting it in, in a sentence."""


def inside(
    site: Site,
    work: Callable[[], Any],
    unconfined: str | None = None,
    read: Iterable[str | Path | None] = (),
) -> Done:
    """What `work` gives, which opens the FMUs of `site`, as JSON types.

    It may read `read` too, and write nothing but a folder for temporary files, gone behind it.
    Where nobody can be shut in, or nobody is to be, it is done here.

    Raises:
        PlantLost: an FMU has crashed.
        HukkaError: as `work` raises it.
    """
    return _done(lambda: shut_in(site, unconfined, read), work, unconfined)


def inside_fmus(
    fmus: Iterable[Path],
    work: Callable[[], Any],
    unconfined: str | None = None,
    read: Iterable[str | Path | None] = (),
) -> Done:
    """The same for FMUs without a site."""
    return _done(lambda: shut_in_fmus(fmus, unconfined, read), work, unconfined)


def _done(shut: Callable[[], str], work: Callable[[], Any], unconfined: str | None) -> Done:
    if unconfined is not None or not sys.platform.startswith("linux"):
        said = shut()
        return Done(json.loads(json.dumps(work())), said)
    with tempfile.TemporaryDirectory(prefix="hukka-") as scratch:

        def answer(_question: Any, _tell: Any) -> Any:  # noqa: ANN401 - JSON
            use_scratch(scratch)
            os.dup2(2, 1)  # whatever an FMU prints is no result
            said = shut()
            return work(), said

        with Copy(answer) as copy:
            return Done(*copy.ask())


def use_scratch(folder: str) -> None:
    """Have this process, and the code of FMUs in it, put temporary files into `folder`."""
    tempfile.tempdir = os.environ["TMPDIR"] = folder
