"""The report of a soak: what was broken, what was promised, what was measured."""

import os
import platform
from collections import Counter
from importlib.metadata import version

import numpy as np
from soak_promises import ends, promises, quarters
from soak_run import Soak

from twin.clock import NS_PER_S, utc_now


def summary(soak: Soak) -> str:
    """One line."""
    broken = [name for name, wrong in promises(soak).items() if wrong]
    record = soak.record
    return (
        f"soak: {len(soak.faults.done)} faults in {soak.length_s / 60:.1f} min,"
        f" {len(record.t_ns)} rows, {len(record.holes)} holes told;"
        f" {'every promise kept' if not broken else 'broken: ' + '; '.join(broken)}"
    )


def report(soak: Soak) -> str:
    """In Markdown."""
    parts = [_head(soak), _promises(soak), _rows(soak), _told(soak), _processes(soak), _done(soak)]
    return "\n\n".join(parts) + "\n"


def _head(soak: Soak) -> str:
    lines = [
        f"# Soak of {utc_now():%d %B %Y}",
        "",
        f"`mantsala` at 1 s, hukka {version('hukka')}, Python {platform.python_version()},"
        f" {os.cpu_count()} cores, load {os.getloadavg()[2]:.1f} over the last 15 min."
        f" {len(soak.faults.done)} faults in {soak.length_s:.0f} s.",
    ]
    lines += ["", *(f"- Left out: {why}" for why in soak.around.missing)]
    return "\n".join(lines).rstrip()


def _promises(soak: Soak) -> str:
    lines = ["| promise | |", "|---|---|"]
    for name, wrong in promises(soak).items():
        lines.append(f"| {name} | {'kept' if not wrong else '**broken**: ' + '; '.join(wrong)} |")
    return "\n".join(lines)


def _rows(soak: Soak) -> str:
    record = soak.record
    span = int(record.t_ns[-1] - record.t_ns[0]) // NS_PER_S + 1
    missing = span - len(np.unique(record.t_ns))
    whys: dict[str, list[str]] = {}
    for from_ns, to_ns, why in record.gaps:
        whys.setdefault(why, []).append(f"{(to_ns - from_ns) // NS_PER_S}")
    lines = [
        f"{len(record.t_ns)} rows over {span} s of stamps, {missing} missing in"
        f" {len(record.holes)} holes. Holes that are told, from row to row [s]:",
        "",
        *(f"- {why}: {', '.join(lengths)}" for why, lengths in sorted(whys.items())),
    ]
    return "\n".join(lines)


def _told(soak: Soak) -> str:
    if soak.around.listening is None:
        return "No broker heard anything."
    ears = soak.around.listening.ears
    rows = ", ".join(f"{ears.count(name)} of `{name}`" for name in sorted(ears.rows))
    keys = {told["key"] for told in ears.told}
    kinds = Counter(kind for _, kind, _ in soak.watch.alarms.values())
    alarms = ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items())) or "none"
    return (
        f"Broker: rows {rows} in {ears.messages} messages, {ears.repeated} of them again."
        f" Alarms that asked: {alarms}; people heard {len(keys)} messages,"
        f" {len(ears.told) - len(keys)} of them again."
    )


def _processes(soak: Soak) -> str:
    answered = soak.watch.answered
    lines = [
        f"The page answered at {sum(answered)} of {len(answered)} looks.",
        "",
        "| process | looks | MB in the first quarter | in the last | files | files"
        " | ended by us | told to have ended |",
        "|---|---|---|---|---|---|---|---|",
    ]
    told = Counter(name for name, _ in ends(soak.faults.said))
    by_us = Counter(soak.faults.ended)
    for name, seen in sorted(soak.watch.samples.items()):
        first, last = quarters(seen)
        cells = [f"{q.memory_bytes / 1e6:.1f}" for q in (first, last)]
        cells += [str(q.files) for q in (first, last)]
        cells += [str(by_us[name]), str(told[name])]
        lines.append(f"| {name} | {len(seen)} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _done(soak: Soak) -> str:
    done = soak.faults.done
    return "\n".join(f"- {at_s:.0f} s: {what}: {whom}" for at_s, what, whom in done)
