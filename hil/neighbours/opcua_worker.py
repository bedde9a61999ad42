"""The OPC UA process: the plant as nodes that anybody who may can read, and nobody can write.

`python -m hil.neighbours.opcua_worker`, with its configuration as the first line on stdin:
`site` (name or path), `data` (folder of the monitor), `neighbours` (the file).
"""

import asyncio
from pathlib import Path

from hil.crew.station import Station, run_station
from hil.neighbours.settings import load_neighbours
from twin.errors import BadInput
from twin.site import load_site


def work(station: Station) -> None:
    """Serve until told to stop."""
    config = station.config
    data, file = Path(config["data"]), Path(config["neighbours"])
    told = load_neighbours(file).opcua
    if told is None:
        raise BadInput(f"{file}: names no opcua")
    site = load_site(config["site"])
    try:
        from hil.neighbours.opcua_serving import Serving  # seconds, and an extra
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != "asyncua":
            raise
        raise BadInput("opcua: takes the package asyncua: pip install 'hukka[opcua]'") from None
    asyncio.run(Serving(station, told, file.parent, site, data).serve())


if __name__ == "__main__":
    run_station(work)
