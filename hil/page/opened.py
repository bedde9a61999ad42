"""The source behind a folder, whichever kind of folder it is."""

import json
from pathlib import Path

from hil.historian.header import FILE
from hil.page.desk_source import DeskSource
from hil.page.run_source import open_run_source
from hil.page.source import Source
from twin.errors import BadInput
from twin.site import load_site

PAGE_FILE = "page.json"
"""In the data folder of a monitor: its `site` and `period_ns`, as its page had them last."""


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
    try:
        known = json.loads((folder / PAGE_FILE).read_text("utf-8"))
        site, period_ns = str(known["site"]), int(known["period_ns"])
    except (OSError, ValueError, KeyError, TypeError):
        raise BadInput(f"{folder / PAGE_FILE}: does not say of which site the data are") from None
    return DeskSource(load_site(site), period_ns, folder)
