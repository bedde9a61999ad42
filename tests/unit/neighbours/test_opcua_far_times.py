"""History until the end of OPC UA's time, which is what clients ask that want everything."""

import asyncio
from datetime import UTC, datetime

import numpy as np
import pytest

from hil.historian.weeks import Channel, WeekWriter
from twin.site import load_site

ua = pytest.importorskip("asyncua.ua", reason="asyncua is an extra")

S = 1_000_000_000
T0 = 1_764_000_000 * S
BEGAN = datetime.fromtimestamp(T0 // S, UTC)
KEY = "cooling_loop.T_supply:measured"
LATEST = ua.uatypes.win_epoch_to_datetime((1 << 63) - 1)


async def read(data, spans):
    """Seconds after T0 of what each of the spans has; a server takes long to make."""
    from asyncua import Server

    from hil.neighbours.opcua_history import History
    from hil.neighbours.opcua_space import Space

    server = Server()
    await server.init()
    space = Space(server, load_site("mantsala"))
    await space.build([KEY], {KEY: "K"})
    history, node = History(data, space), space._id(KEY)
    answers = [await history.read_node_history(node, *span, 100) for span in spans]
    return [
        [int(value.SourceTimestamp.timestamp()) - T0 // S for value in found]
        for found, _ in answers
    ]


def test_until_the_end_of_time(tmp_path):
    with WeekWriter(tmp_path / "weeks", {"measured": [Channel(KEY, "K", 0.1)]}) as writer:
        t_ns = T0 + S * np.arange(4)
        writer.append("measured", t_ns, np.full((4, 1), 300.0), np.zeros((4, 1), np.uint8))
    assert LATEST.year == 9999
    expected = {
        (BEGAN, LATEST): [0, 1, 2, 3],
        (LATEST, BEGAN): [3, 2, 1, 0],
        (LATEST, None): [],
        (None, LATEST): [3, 2, 1, 0],
    }
    assert asyncio.run(read(tmp_path, expected)) == list(expected.values())
