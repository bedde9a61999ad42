"""What `hukka bench` says at the end: the object of `--json`, or a few lines."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import typer

from hil.links.counters import in_words

_TOP = ("site", "duration_s", "cycles", "overruns", "lateness_us", "links", "alarms", "energy",
        "kpi", "trace_sha256")  # fmt: skip
_LEARNED = ("events", "journal", "standing", "unseen")
"""Only there where the twin had learned."""
_LINK = ("transactions", "errors", "p50_us", "p99_us")
_LINK_TROUBLE = ("late", "missed", "refused_addresses", "counters")
"""Only there where there was any."""
_ALARM = ("part", "fault", "raised_s", "injected_s", "delay_s")


def contract(summary: Mapping[str, Any]) -> dict[str, Any]:
    """The object of `--json`: exactly the keys that are promised; `run.json` has more."""
    learned = _LEARNED if "events" in summary else ()
    return {key: summary[key] for key in (*_TOP, *learned)} | {
        "links": {name: _link(link) for name, link in summary["links"].items()},
        "alarms": [{k: alarm[k] for k in _ALARM} for alarm in summary["alarms"]],
    }


def tell(summary: Mapping[str, Any], folder: Path) -> None:
    """The end of a run in a few lines."""
    energy, late = summary["energy"], summary["lateness_us"]
    typer.echo(
        f"{summary['cycles']} cycles, {summary['overruns']} overruns, lateness p50"
        f" {late['p50']:.0f} µs, p99 {late['p99']:.0f} µs, p99.9 {late['p999']:.0f} µs"
    )
    typer.echo(
        f"IT {energy['it_kWh']:.1f} kWh, recovered {energy['recovered_kWh']:.1f}, delivered"
        f" {energy['delivered_kWh']:.1f}, electric {energy['electric_kWh']:.1f} kWh, balance error"
        f" {_percent(energy['balance_error'])}"
    )
    for name, link in summary["links"].items():
        if troubles := _troubles(link):
            typer.echo(f"link of {name}: {'; '.join(troubles)}")
    for alarm in summary["alarms"]:
        typer.echo(f"alarm: {alarm['part']} at {alarm['raised_s']:.0f} s, {alarm['text']}")
    for part in summary["standing"] if "events" in summary else ():
        why = f", {part['reason']}" if part["reason"] else ""
        typer.echo(f"{part['part']}: {part['standing']}{why}")
    typer.echo(f"run folder: {folder}; draw it with: hukka report {_relative(folder)}")


def _link(link: Mapping[str, Any]) -> dict[str, Any]:
    return {k: link[k] for k in _LINK} | {k: link[k] for k in _LINK_TROUBLE if k in link}


def _troubles(link: Mapping[str, Any]) -> list[str]:
    counts = [f"{link[word]} polls {word}" for word in ("late", "missed") if word in link]
    counted = in_words(link.get("counters", {}))
    return [*counts, *link.get("refused_addresses", ()), *([counted] if counted else [])]


def _percent(share: float | None) -> str:
    return "--" if share is None else f"{share:.3%}"


def _relative(folder: Path) -> Path:
    return folder.relative_to(Path.cwd()) if folder.is_relative_to(Path.cwd()) else folder
