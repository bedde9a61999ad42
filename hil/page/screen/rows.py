"""What stands in the tables of the screen: cells of text, in the units of the site."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hil.alarms.told import size_of
from twin.signals import Quality, conversion

Told = Mapping[str, Any]

MISSING = "--"
SIGNALS = ("signal", "measured", "predicted", "residual", "band", "")
ALARMS = ("no", "priority", "part", "cause", "raised", "state")
LINKS = ("controller", "link", "", "questions", "errors", "p50", "p99")
PROCESSES = ("process", "", "restarts", "CPU", "memory")
_TEMPERATURES = {"degC": "°C"}


def signal_rows(site: Told, now: Told) -> list[tuple[str, tuple[str, ...]]]:
    """Rows of all parts: a key, and cells; a part's own row has its standing."""
    rows: list[tuple[str, tuple[str, ...]]] = []
    for part in site["parts"]:
        name = part["name"]
        standing = now["standing"].get(name, "")
        why = now["reasons"].get(name, "")
        words = f"{standing}: {why}" if why else standing
        rows.append((name, (f"■ {part['title']}", "", "", "", "", words)))
        own = [n for n, signal in site["signals"].items() if signal["part"] == name]
        rows += [(n, _signal(site["signals"][n], n, now)) for n in own]
    return rows


def _signal(signal: Told, name: str, now: Told) -> tuple[str, ...]:
    unit, si = signal["unit"], signal["si_unit"]
    measured, predicted = now["measured"].get(name), now["predicted"].get(name)
    band = now["band"].get(name)
    residual = None if measured is None or predicted is None else measured - predicted
    factor, offset = conversion(si, unit)
    said = ""
    if (quality := now["quality"].get(name)) not in (None, 0):
        said = Quality(quality).name.lower().replace("_", " ")
    elif residual is not None and band is not None and abs(residual) > band:
        said = "◀ outside"
    shown = _TEMPERATURES.get(unit, unit)
    return (
        f"  {name.partition('.')[2]} [{shown}]",
        _number(None if measured is None else factor * measured + offset),
        _number(None if predicted is None else factor * predicted + offset),
        _number(None if residual is None else factor * residual, "+"),
        _number(None if band is None else factor * band),
        said,
    )


def alarm_rows(alarms: Sequence[Told], kind: str) -> list[tuple[str, tuple[str, ...]]]:
    """Rows of the list of alarms; one that asks for somebody has a mark."""
    return [
        (
            str(alarm["number"]),
            (
                f"{'●' if alarm['annunciated'] else ' '}{alarm['number']}",
                alarm["priority"],
                alarm["part"],
                alarm["cause"].removeprefix(f"{alarm['part']}."),
                when(alarm["raised_ms"], kind),
                alarm["state"],
            ),
        )
        for alarm in alarms
    ]


def link_rows(health: Told) -> list[tuple[str, ...]]:
    """Rows of the controllers on their links."""
    return [
        (
            row["name"],
            row["link"],
            "up" if row["up"] else "DOWN",
            str(row["transactions"]),
            str(row["errors"]),
            _micros(row["p50_us"]),
            _micros(row["p99_us"]),
        )
        for row in health["links"]
    ]


def process_rows(health: Told) -> list[tuple[str, ...]]:
    """Rows of the processes of a monitor."""
    return [
        (
            row["name"],
            "up" if row["up"] else "DOWN",
            str(row["restarts"]),
            f"{row['cpu_s']:.0f} s",
            f"{row['memory_bytes'] / 1e6:.0f} MB",
        )
        for row in health["processes"]
    ]


def health_text(health: Told) -> str:
    """Cycles, clock, disk and remarks, a line each."""
    late = health["late_us"]
    days = health["disk_days_left"]
    lines = [
        f"cycles late: p50 {_micros(late.get('p50'))}, p99 {_micros(late.get('p99'))},"
        f" most {_micros(late.get('max'))}; {health['overruns']} overruns,"
        f" {health['dropped']} rows dropped",
        f"clock: stamps are {health['clock_offset_s']:+.3f} s from UTC",
        f"disk: {health['disk_used_bytes'] / 1e9:.2f} GB used,"
        f" {health['disk_free_bytes'] / 1e9:.1f} GB free"
        + ("" if days is None else f", {days:.0f} days left"),
        *(f"twin of {part}: consistency {_number(v)}" for part, v in health["twin"].items()),
        *([f"twin: {health['twin_unknown']}"] if health.get("twin_unknown") else []),
        *(f"gap: {when(g['from_ms'], 'monitor')}, {g['why']}" for g in health["gaps"]),
        *health["notes"],
    ]
    return "\n".join(lines)


def evidence_text(told: Told, site: Told) -> str:
    """Why an alarm is there, in lines."""
    kind = site["kind"]
    fault = told.get("fault") or told.get("cause") or "something that no known fault explains"
    lines = [
        f"alarm {told['number']}: {fault}",
        f"raised {when(told['raised_ms'], kind)}, began {when(told['since_ms'], kind)}"
        + (f", over {when(told['cleared_ms'], kind)}" if told.get("cleared_ms") else ""),
    ]
    if size := size_of(told):
        lines.append(f"size {size}{', growing' if told.get('drift') else ''}")
    elif told.get("text"):
        lines.append(told["text"])
    if told.get("check"):
        lines.append(f"look at: {told['check']}")
    if told.get("likely"):
        lines += ["", "hypotheses"]
        lines += [f"  {h['probability']:6.1%}  {h['name']}" for h in told["likely"]]
    if told.get("group"):
        lines.append(f"  cannot be told from {', '.join(told['group'])}")
    lines += ["", "measured less predicted, as it was raised"]
    lines += [_residual(site, row) for row in told["residuals"]]
    lines += ["", "what the model was fed with"]
    lines += [_input(site, row) for row in told["inputs"]]
    lines += ["", "links"]
    lines += [
        f"  {r['name']}: {'up' if r['up'] else 'DOWN'}, {r['errors']} errors {r['last_error']}"
        for r in told["links"]
    ]
    return "\n".join(lines)


def when(t_ms: int | None, kind: str) -> str:
    """A time of a monitor on this machine's clock, of a bench since its run began."""
    if t_ms is None:
        return MISSING
    if kind == "bench":
        return str(timedelta(seconds=t_ms // 1000))
    return f"{datetime.fromtimestamp(t_ms / 1e3, UTC).astimezone():%m-%d %H:%M:%S}"


def _residual(site: Told, row: Told) -> str:
    signal = site["signals"].get(row["signal"])
    if signal is None or row["residual"] is None:
        return f"  {row['signal']:<36} {MISSING:>9}"
    factor, _ = conversion(signal["si_unit"], signal["unit"])
    band = "" if row["band"] is None else f"  band {_number(factor * row['band'])}"
    unit = "K" if signal["unit"] == "degC" else signal["unit"]
    return f"  {row['signal']:<36} {_number(factor * row['residual'], '+'):>9} {unit}{band}"


def _input(site: Told, row: Told) -> str:
    signal = site["signals"].get(row["signal"] or "")
    value, unit = row["value"], ""
    if signal is not None:
        factor, offset = conversion(signal["si_unit"], signal["unit"])
        value = None if value is None else factor * value + offset
        unit = _TEMPERATURES.get(signal["unit"], signal["unit"])
    of = "" if row["signal"] is None else f"  ({row['signal']})"
    return f"  {row['input']:<30} {_number(value):>9} {unit}{of}"


def _number(value: float | None, sign: str = "") -> str:
    if value is None:
        return MISSING
    digits = 2 if abs(value) < 1000 else 0
    return f"{value:{sign}.{digits}f}"


def _micros(value: float | None) -> str:
    if value is None:
        return MISSING
    return f"{value:.0f} µs" if value < 1000 else f"{value / 1e3:.1f} ms"
