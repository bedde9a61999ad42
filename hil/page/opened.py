"""The source behind a folder, whichever kind of folder it is."""

from pathlib import Path

from hil.historian.header import FILE
from hil.monitor.of_site import read
from hil.page.desk_source import DeskSource
from hil.page.run_source import open_run_source
from hil.page.source import Source
from twin.errors import BadInput
from twin.site import load_site


def open_source(folder: Path) -> Source:
    """What the page shows of `folder`.

    Raises:
        BadInput: it is neither a run nor the data of a monitor, or broken.
    """
    if (folder / FILE).exists():
        return open_run_source(folder)
    if not folder.is_dir():
        raise BadInput(f"{folder}: there is no such folder")
    if not (folder / "weeks").is_dir():
        raise BadInput(f"{folder}: neither a run folder nor the data of a monitor")
    of = read(folder)
    return DeskSource(load_site(of.site), of.period_ns, folder)
