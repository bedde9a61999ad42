"""The twin's process: predicts and judges the rows of the loop, and never forgets for long.

`python -m hil.monitor.twin_worker`, with its configuration as the first line on stdin.
"""

from contextlib import suppress
from pathlib import Path

from hil.bench.layout import Layout
from hil.bench.shut_in import shut_in
from hil.crew.station import Station, run_station
from hil.gate.files import make_folder
from hil.loop.ring import RING_ROWS, Ring
from hil.loop.shared import SharedMemory
from hil.monitor.catching_up import History
from hil.monitor.checkpoint import Checkpoint, Missing, fitting
from hil.monitor.following import Following
from hil.monitor.live import Live
from hil.monitor.rows import row_type, twin_type
from hil.monitor.watching_live import LiveTwin
from twin.site import load_site


def work(station: Station) -> None:
    """Follow the ring until told to stop; what is missing in it is read from the historian."""
    config = station.config
    site = load_site(config["site"])
    layout = Layout.of(config["layout"])
    period_ns = int(config["period_ns"])
    learned = None if config["learned"] is None else Path(config["learned"])
    folder = Path(config["data"])
    rows, predicted = (
        Ring(SharedMemory(Path(config[key]), Ring.size(dtype, RING_ROWS)).buffer, dtype, RING_ROWS)
        for key, dtype in (("twin_ring", row_type(layout)), ("predicted_ring", twin_type(layout)))
    )
    with suppress(OSError):  # a folder that cannot be written is told of when it is needed
        make_folder(folder / "twin")
    read = [learned, folder / "weeks"]
    confined = shut_in(site, config.get("unconfined"), read, [folder / "twin"])
    unread = config["unread"]
    with (
        Following(site, period_ns, learned, unread, layout.reckoned) as following,
        History(folder, layout) as history,
    ):
        checkpoint = Checkpoint(folder / "twin", fitting(site, period_ns, learned, unread))
        note = take_up(following, checkpoint, anew=bool(config.get("anew")))
        station.emit("ready", note=f"{note}; {confined}")
        LiveTwin(
            station,
            following,
            history,
            checkpoint,
            rows,
            predicted,
            Live.of(config["live"]).twin,
            layout,
            period_ns,
        ).work()


def take_up(following: Following, checkpoint: Checkpoint, *, anew: bool) -> str:
    """Go on from the last checkpoint, if that can be; a sentence of what came."""
    if anew:
        checkpoint.forget()
        return "the twin begins anew, because it ended several times on what it remembered"
    found = checkpoint.load()
    if isinstance(found, Missing):
        return f"the twin begins anew: {found.why}" if found.why else "the twin begins"
    try:
        following.take_up(found)
    except ValueError as error:
        return f"the twin begins anew: {error}"
    return "the twin goes on from its checkpoint"


if __name__ == "__main__":
    run_station(work)
