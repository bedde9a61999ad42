"""The source behind a folder, whichever kind of folder it is."""

from pathlib import Path

from hil.historian.header import FILE
from hil.page.run_source import open_run_source
from hil.page.source import Source
from twin.errors import BadInput


def open_source(folder: Path) -> Source:
    """What the page shows of `folder`.

    Raises:
        BadInput: it is neither a run nor the data of a monitor, or broken.
    """
    if (folder / FILE).exists():
        return open_run_source(folder)
    if not folder.is_dir():
        raise BadInput(f"{folder}: there is no such folder")
    raise BadInput(f"{folder}: neither a run folder nor the data of a monitor")
