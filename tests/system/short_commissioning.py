"""`python short_commissioning.py SITE DAYS PARAMETERS FILE`: what a healthy plant teaches the twin.

PARAMETERS is JSON, what differs from the models. The plant's own rows, one a minute, without a file
between: the cheapest commissioning there can be.
"""

import json
import sys
from pathlib import Path

from hil.bench.direct.plant_rows import Span, plant_rows
from hil.bench.direct.variant import Variant
from hil.replay.watching import Watching
from twin.diagnosis.blocks import Blocks
from twin.diagnosis.commissioning import Commissioning
from twin.diagnosis.learned_file import to_bytes
from twin.diagnosis.settings import Settings
from twin.site import load_site

DAY_NS = 86_400_000_000_000
PERIOD_NS = 10_000_000_000
EVERY = 6
"""Of the rows of 10 s so many are one to learn from: a sixth of the time."""


def main(name: str, days: str, parameters: str, path: str) -> None:
    """Write what was learned to `path`."""
    site, settings = load_site(name), Settings()
    variant, span = (
        Variant(parameters=json.loads(parameters)),
        Span(round(float(days) * DAY_NS), PERIOD_NS),
    )
    with Watching(site, EVERY * PERIOD_NS) as watching:
        plant = watching.plant
        blocks = Blocks(len(plant.signals), len(plant.hypotheses), plant.q, settings.block_share)
        commissioning = Commissioning(plant, settings)
        for rows in plant_rows(site, variant, span, 1, []):
            minute = (rows.t_ns > 0) & (rows.t_ns % (EVERY * PERIOD_NS) == 0)
            for step in watching.observer.follow(
                rows.t_ns[minute],
                rows.measured[minute],
                rows.good[minute],
                rows.commands[minute],
                rows.commanded[minute],
            ):
                for block in blocks.take(step):
                    commissioning.take(block)
        data = to_bytes(commissioning.learn(), plant, settings, watching.site_hash)
    Path(path).write_bytes(data)


if __name__ == "__main__":
    main(*sys.argv[1:])
