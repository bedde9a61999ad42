"""What a monitor promises whatever breaks, held against a soak: each promise, and what broke it.

Nothing here is about speed: a soak runs beside other things.
"""

import re
from collections import Counter
from statistics import median

from soak_faults import ORDER
from soak_run import Soak
from soak_watch import Sample

GROWTH, GROWTH_BYTES, MORE_FILES = 0.10, 10e6, 5
"""From the first quarter to the last a process may grow by the larger of both, and so many files:
a leak of one file a fault would be more."""
AFTER_S = 240.0
"""A lost controller is told so long after somebody kept us from reading it at most [s]; stopped
processes are ended after up to 180."""
_ENDED = re.compile(r"^[\d-]+ [\d:]+ (?P<name>\w+(?: \w+)?) ended: (?P<why>.*)$")


def promises(soak: Soak) -> dict[str, list[str]]:
    """Each promise, and what is against it; empty where it was kept."""
    record, faults, watch = soak.record, soak.faults, soak.watch
    found = {
        "stamps rise and every hole is told": record.stamps(),
        "no file is broken": record.files(),
        "no row is dropped": [f"{watch.dropped} rows"] if watch.dropped else [],
        "memory and open files stay": grown(watch.samples),
        "nobody ends who was not ended, and whoever was comes back": _ended(soak),
        "a controller is told to be lost when it is, and nothing else is alarmed": _alarms(soak),
        "set clocks and lost brokers are told": list(faults.untold),
        "the page answers again when all is well": _page(watch.answered),
        "every kind of fault was made, and to everybody": [*_kinds(soak), *_spared(soak)],
    }
    if soak.around.listening is not None:
        ears = soak.around.listening.ears
        rows = [w for n, t in soak.rows_ns.items() for w in record.heard_rows(ears, n, t)]
        found["a broker hears every row once"] = rows
        found["people hear of every alarm once"] = record.heard_alarms(ears)
    return found


def quarters(samples: list[Sample]) -> tuple[Sample, Sample]:
    """Medians of the first quarter and of the last."""
    quarter = max(1, len(samples) // 4)
    first, last = (
        Sample(round(median(s.memory_bytes for s in q)), round(median(s.files for s in q)))
        for q in (samples[:quarter], samples[-quarter:])
    )
    return first, last


def grown(samples: dict[str, list[Sample]]) -> list[str]:
    """Processes that grew, and by how much."""
    wrong = []
    for name, seen in samples.items():
        first, last = quarters(seen)
        more = last.memory_bytes - first.memory_bytes
        if more > max(GROWTH * first.memory_bytes, GROWTH_BYTES):
            wrong.append(f"{name} grew by {more / 1e6:.1f} MB")
        if last.files > first.files + MORE_FILES:
            wrong.append(f"{name} has {last.files} files open, had {first.files}")
    return wrong


def ends(said: list[str]) -> list[tuple[str, str]]:
    """Who ended, and why, as the monitor told it."""
    found = (_ENDED.match(line) for line in said)
    return [(m["name"], m["why"]) for m in found if m is not None]


def _ended(soak: Soak) -> list[str]:
    """That all are back at the end was waited for.

    One that was stopped last may still be waited for, or was killed before anybody saw it hang.
    """
    more = Counter(name for name, _ in ends(soak.faults.said))
    more.subtract(soak.faults.ended)
    return [
        *(f"{name} ended {n} times more than it was ended" for name, n in more.items() if n > 0),
        *(f"{name} was ended {-n} times unseen" for name, n in more.items() if n < -1),
    ]


def _alarms(soak: Soak) -> list[str]:
    wrong = []
    for seen_s, kind, part in soak.watch.alarms.values():
        why = [at_s for at_s, of in soak.faults.touched
               if of in (part, "") and 0.0 <= seen_s - at_s <= AFTER_S]  # fmt: skip
        if kind != "link" or not why:
            wrong.append(f"{kind} alarm of {part} at {seen_s:.0f} s")
    return wrong


def _page(answered: list[bool]) -> list[str]:
    if not answered[-1]:
        return ["it does not answer at the end"]
    return [] if any(answered[: len(answered) // 2]) else ["it did not answer in the first half"]


def _spared(soak: Soak) -> list[str]:
    """Processes that nobody ended, though the turn would have come to them."""
    seats = soak.watch.samples.keys() - {"supervisor"}
    spared = sorted(seats - {*soak.faults.ended})
    return (
        [f"nobody ended {name}" for name in spared] if len(soak.faults.ended) >= len(seats) else []
    )


def _kinds(soak: Soak) -> list[str]:
    """As far as this machine can, and the time was long enough for a round."""
    if len(soak.faults.done) < len(ORDER):
        return []
    lacking = {missing.partition(":")[0] for missing in soak.around.missing}
    made = {what for _, what, whom in soak.faults.done if not whom.startswith("not done")}
    return [f"no {what}" for what in sorted(set(ORDER) - made - lacking)]
