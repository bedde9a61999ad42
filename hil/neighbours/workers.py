"""Which processes the neighbours of a plant are: for whoever starts processes."""

from pathlib import Path

from hil.monitor.options import Other
from hil.neighbours.settings import Neighbours


def workers(told: Neighbours, file: Path, site: str, name: str, data: Path) -> list[Other]:
    """Those that the settings in `file` ask for.

    Args:
        told: the settings.
        file: where they stand; other files are relative to its folder.
        site: name or path by which the site is loaded.
        name: the site's own name, for topics.
        data: folder of the monitor.
    """
    where = {"data": str(data.absolute()), "neighbours": str(file.absolute())}
    found = []
    if told.mqtt is not None:
        found.append(Other("mqtt", "hil.neighbours.mqtt_worker", {**where, "site": name}))
    if told.opcua is not None:
        found.append(Other("opcua", "hil.neighbours.opcua_worker", {**where, "site": site}))
    return found
