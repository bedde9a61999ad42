"""What watching a site costs: observers and diagnosis, a minute of plant at samples of 10 s.

Prints processor time a minute of plant (least and median of hours: the machine may be shared),
what a site-year and a core make of it, and one update of a filter of 114 states. Rows are those of
the site's own models, so that nothing is found; what is found costs no more.
"""

import argparse
import time

import numpy as np

from hil.bench.direct.plant_rows import Span, plant_rows
from hil.bench.direct.variant import Variant
from hil.replay.watching import Watching
from twin.estimation.kalman import gain
from twin.estimation.lifted import Sampled, lift
from twin.site import load_site

PERIOD_NS = 10_000_000_000
HOUR_ROWS = 360
MINUTES_A_YEAR = 525_600


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sites", nargs="+", default=["mantsala", "kajaani"])
    parser.add_argument("--days", type=float, default=1.0)
    told = parser.parse_args()
    renewed_s, updated_s = update_s(114, 4)
    print(
        f"114 states, 4 signals: update {updated_s * 1e3:.2f} ms, linear model of 100 s "
        f"{renewed_s * 1e3:.2f} ms"
    )
    for site in told.sites:
        measure(site, told.days)


def measure(name: str, days: float) -> None:
    site = load_site(name)
    span = Span(round(days * 8640.0) * PERIOD_NS, PERIOD_NS)
    rows = [r for r in plant_rows(site, Variant(), span, 1) if len(r.t_ns)]
    columns = [
        np.concatenate([getattr(r, field)[r.t_ns > 0] for r in rows])
        for field in ("t_ns", "measured", "good", "commands", "commanded")
    ]
    with Watching(site, PERIOD_NS) as watching:
        minutes = []
        for at in range(0, len(columns[0]) - HOUR_ROWS + 1, HOUR_ROWS):
            begin = time.process_time()
            watching.observer.follow(*(c[at : at + HOUR_ROWS] for c in columns))
            minutes.append((time.process_time() - begin) / 60.0)
    least, usual = min(minutes[1:]), float(np.median(minutes[1:]))
    print(
        f"{name}: {least * 1e3:.2f} ms a minute at least, {usual * 1e3:.2f} ms in the median; "
        f"a year {least * MINUTES_A_YEAR:.0f} to {usual * MINUTES_A_YEAR:.0f} s; one core watches "
        f"{60.0 / usual:.0f} sites"
    )


def update_s(states: int, signals: int) -> tuple[float, float]:
    """Least time [s] of a renewed linear model of so many states, and of one update with it."""
    random = np.random.default_rng(1)
    F = random.normal(size=(states, states)) / np.sqrt(states)
    H = random.normal(size=(signals, states))
    model = Sampled(0.9 * F, H, np.eye(states), np.ones(signals))
    heard, P = np.ones(signals, bool), np.eye(states)
    renewed, updated = [], []
    for _ in range(20):
        begin = time.process_time()
        window = lift(model, 10)
        middle = time.process_time()
        gain(window, P, heard)
        updated.append(time.process_time() - middle)
        renewed.append(middle - begin)
    return min(renewed), min(updated)


if __name__ == "__main__":
    main()
