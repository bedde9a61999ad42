"""A process that keeps a book of alarms and says each line that a call returned: to be killed."""

import itertools
import sys
from pathlib import Path

import numpy as np

from hil.alarms import AlarmBook, AlarmSettings, Order
from twin.diagnosis.isa import Action

S = 1_000_000_000
LIMIT = {
    "signal": "cooling_loop.T_supply",
    "above": "305 K",
    "deadband": "0.5 K",
    "delay_on": "1 s",
    "delay_off": "1 s",
}


def event(number, t_s, cleared_s=None):
    return {
        "generation": 1,
        "number": number,
        "part": "heat_pump",
        "fault": f"fault{number % 5}",
        "raised_s": float(t_s),
        "since_s": float(t_s),
        "cleared_s": cleared_s,
    }


def work(path, first):
    rng = np.random.default_rng(first)
    with AlarmBook(path, AlarmSettings.model_validate({"limits": {"hot": LIMIT}})) as book:
        for t in itertools.count(first):
            hot = {"cooling_loop.T_supply": float(rng.choice([300.0, 306.0]))}
            say(book.limits(t * S, hot, {}))
            say(book.twin([event(t, t)], [], t * S))
            if t > first:
                say(book.twin([event(t - 1, t - 1, float(t))], [], t * S))
            for number in sorted(book.board.listed)[:2]:
                say(book.order(Order(number, Action.ACKNOWLEDGE, "anna", "seen"), t * S))
            say(book.links(t * S, {"hp": "timeout"} if t % 70 < 35 else {}))


def say(lines):
    for line in lines:
        said = f"{line.t_ns} {line.after.number} {line.action.name}"
        sys.stdout.write(said + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    work(Path(sys.argv[1]), int(sys.argv[2]))
