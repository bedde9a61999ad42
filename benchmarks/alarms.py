"""What the book of alarms costs, and how soon it answers after years of alarms.

.venv/bin/python benchmarks/alarms.py
"""

import argparse
import tempfile
from pathlib import Path
from statistics import median
from time import perf_counter

from hil.alarms import AlarmBook, AlarmReader, AlarmSettings, Order
from twin.diagnosis.isa import Action

S = 1_000_000_000
DAY = 86_400
LIMITS = 200


def ms(work, times=1):
    """Median of so many runs [ms]."""
    spent = []
    for _ in range(times):
        begin = perf_counter()
        work()
        spent.append((perf_counter() - begin) * 1e3)
    return median(spent)


def limits():
    told = {
        f"hot{k}": {"signal": f"loop.T{k}", "above": "300 K", "deadband": "1 K"}
        for k in range(LIMITS)
    }
    return AlarmSettings.model_validate({"limits": told})


def event(number, t_s, cleared_s=None):
    return {
        "generation": 1,
        "number": number,
        "part": "heat_pump",
        "fault": f"heat_pump.fault{number % 40}",
        "raised_s": float(t_s),
        "since_s": float(t_s),
        "cleared_s": cleared_s,
        "evidence": [
            {"signal": f"heat_pump.T{k}", "share": 0.1, "innovation": 1.0} for k in range(10)
        ],
    }


def years(path, alarms, each_s):
    """A journal of so many alarms, each acknowledged and cleared: three lines."""
    with AlarmBook(path) as book:
        book._db.pragma("synchronous", "off")
        for k in range(1, alarms + 1):
            t = k * each_s
            book.twin([event(k, t)], [], t * S)
            book.order(Order(k, Action.ACKNOWLEDGE, "anna", "seen"), (t + 60) * S)
            book.twin([event(k, t, float(t + 600))], [], (t + 600) * S)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--alarms", type=int, default=36_500, help="10 a day for ten years")
    alarms = parser.parse_args().alarms
    each_s = DAY // 10
    with tempfile.TemporaryDirectory() as folder:
        quiet = Path(folder) / "quiet.sqlite"
        with AlarmBook(quiet, limits()) as book:
            row = {f"loop.T{k}": 290.0 for k in range(LIMITS)}
            good = dict.fromkeys(row, 0)
            t = iter(range(10**6))
            cost = ms(lambda: book.limits(next(t) * S, row, good), 500)
            print(f"a row of {LIMITS} limits, nothing beyond: {cost:.2f} ms")
            book.twin([event(1, 0)], [], 0)
            shelf = iter(range(1, 10**6))

            def act():
                now = next(shelf) * S
                book.order(Order(1, Action.SHELVE, "anna", "why", now + S), now)

            print(f"an order until it is on the disk: {ms(act, 50):.1f} ms")
        path = Path(folder) / "desk.sqlite"
        print(f"{alarms} alarms, {3 * alarms} lines:")
        print(f"  written in {ms(lambda: years(path, alarms, each_s)) / 3 / alarms:.2f} ms a line")
        print(f"  {path.stat().st_size / 1e6:.0f} MB")
        print(f"  taken up by a new keeper: {ms(lambda: AlarmBook(path).close()):.0f} ms")
        with AlarmReader(path) as reader:
            end = alarms * each_s * S
            print(f"  the list now: {ms(reader.rows, 20):.1f} ms")
            print(f"  the list of a past moment: {ms(lambda: reader.rows(end // 2), 20):.1f} ms")
            year = end - 365 * DAY * S
            print(f"  rates of a year: {ms(lambda: reader.rates(year, end), 5):.1f} ms")
            print(f"  news after a cursor: {ms(lambda: reader.after(3 * alarms - 5), 50):.2f} ms")


if __name__ == "__main__":
    main()
