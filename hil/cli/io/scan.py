"""`hukka io scan LINK`: what is there, and how it wants to be spoken to."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hil.cli.io.common import (
    JsonOption,
    LinkArgument,
    duration,
    say,
    say_latency,
    say_line,
    seconds,
    show,
    table,
)
from hil.gate.interrupt import Interrupted, interruptible
from twin.errors import BadInput, JudgementFailed, LinkLost, refuse

if TYPE_CHECKING:
    from hil.io.probe import Found
    from hil.io.scan_network import NetworkScan
    from hil.io.scan_serial import SerialScan
    from hil.links.address import Address

_EXAMPLES = """Examples:

hukka io scan /dev/ttyUSB0

hukka io scan 'rtu:/dev/ttyUSB0?baud=9600' --units 1-20

hukka io scan tcp://192.168.1.5"""

_LISTEN_NS = 1_000_000_000
"""How long a serial line is listened to before the first question [ns]."""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog=_EXAMPLES)(scan)


def scan(
    link: LinkArgument,
    units: Annotated[str, typer.Option(metavar="LIST", help="Units to ask: 1-20,247.")] = "1-247",
    timeout: Annotated[
        str, typer.Option(metavar="TIME", help="How long an answer may take.")
    ] = "200ms",
    busy: Annotated[
        bool, typer.Option("--busy", help="Also where somebody else talks on the serial line.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Find settings and units of a serial line, or the units behind a network address.

    Reads only, one question at a time. What the link names (`?baud=9600`) is taken as known, the
    rest is tried, likeliest first. Ctrl-C ends it with what was found so far. Exit code 3 when
    nothing was found.
    """
    from hil.links.address import parse_address

    address = parse_address(link)
    timeout_s = seconds("--timeout", timeout) or 0.0
    asked = _units(units, serial=address.scheme in ("rtu", "rtutcp"))
    with interruptible():
        if address.is_serial:
            found = _scan_line(link, address, asked, timeout_s, busy, as_json)
        else:
            found = _scan_network(link, address, asked, timeout_s, as_json)
    if not found:
        raise JudgementFailed(f"{link}: nothing found")


def _scan_line(
    link: str,
    address: "Address",
    units: Sequence[int],
    timeout_s: float,
    busy: bool,
    as_json: bool,
) -> bool:
    from hil.io.line_setting import likely_settings
    from hil.io.scan_serial import SerialScan
    from hil.links.rtu import RtuLink

    settings = likely_settings(address)
    scan = SerialScan(
        lambda s: RtuLink(address.path, address.path, s.baud, s.parity, s.stop_bits, timeout_s),
        settings, units, timeout_s,
    )  # fmt: skip
    word = "setting" if len(settings) == 1 else "settings"
    say(
        f"{address.path}: {len(settings)} {word}, {len(units)} units: {scan.questions} questions,"
        f" at most {duration(scan.longest_s)}; Ctrl-C ends it with what was found"
    )
    _listen(address, busy)
    with _progress() as progress:
        try:
            scan.run(lambda t: progress(t.done, t.of, f"{t.setting} unit {t.unit}"))
        except (Interrupted, LinkLost):
            _tell_line(link, scan, as_json, stopped=True)
            raise
    _tell_line(link, scan, as_json, stopped=False)
    return bool(scan.found)


def _scan_network(
    link: str, address: "Address", units: Sequence[int], timeout_s: float, as_json: bool
) -> bool:
    from hil.io.redial import Redial
    from hil.io.scan_network import NetworkScan
    from hil.links.address import open_link

    opened = Redial(lambda: open_link(address, timeout_s))
    scan = NetworkScan(opened, units, timeout_s)
    say(
        f"{address}: {scan.questions} units, at most {duration(scan.longest_s)};"
        " Ctrl-C ends it with what was found"
    )
    with _progress() as progress:
        try:
            scan.run(lambda done, unit: progress(done, scan.questions, f"unit {unit}"))
        except (Interrupted, LinkLost):
            _tell_network(link, scan, as_json, stopped=True)
            raise
        finally:
            opened.close()
    _tell_network(link, scan, as_json, stopped=False)
    say_line(*opened.links)
    return bool(scan.found)


def _tell_line(link: str, scan: "SerialScan", as_json: bool, *, stopped: bool) -> None:
    hints = [{"setting": str(s), "unit": h.unit, "what": h.what} for s, h in scan.hints]
    setting = None if scan.setting is None else scan.setting._asdict()
    if as_json:
        more = {"setting": setting, "hints": hints, "complete": not stopped}
        typer.echo(json.dumps({"link": link, "units": _plain(scan.found), **more}))
        return
    if scan.setting is not None:
        show(f"line: {scan.setting}")
    _show(scan.found)
    for hint in hints:
        show(f"no proof: {hint['setting']} unit {hint['unit']}: {hint['what']}")
    if scan.hints and not scan.found:
        show(
            "Answers that are none come from wrong settings, from two devices with one unit id,"
            " or from another master: `hukka io sniff` listens to it."
        )


def _tell_network(link: str, scan: "NetworkScan", as_json: bool, *, stopped: bool) -> None:
    hints = [{"unit": hint.unit, "what": hint.what} for hint in scan.hints]
    if as_json:
        more = {"hints": hints, "ignores_units": scan.ignores_units, "complete": not stopped}
        typer.echo(json.dumps({"link": link, "units": _plain(scan.found), **more}))
        return
    _show(scan.found)
    if scan.ignores_units:
        show("It answers whatever unit is asked: one device, no gateway.")
    reasons: dict[str, list[int]] = {}
    for hint in scan.hints:
        reasons.setdefault(hint.what, []).append(hint.unit)
    for what, asked in reasons.items():
        show(f"no proof: unit {_joined(asked)}: {what}")


def _joined(units: Sequence[int]) -> str:
    """Unit ids as a list such as `2-9, 17`."""
    runs: list[list[int]] = []
    for unit in sorted(units):
        if runs and unit == runs[-1][-1] + 1:
            runs[-1].append(unit)
        else:
            runs.append([unit])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def _plain(found: Sequence["Found"]) -> list[dict[str, Any]]:
    return [
        {
            "unit": f.unit,
            "answers": list(f.answers),
            "identity": f.identity,
            "answer_ms": round(f.took_ns / 1e6, 3),
            "sunspec": f.sunspec,
        }
        for f in found
    ]


def _show(found: Sequence["Found"]) -> None:
    if not found:
        return
    listed = table(
        ("unit", {"justify": "right"}), ("answers in", {"justify": "right", "no_wrap": True}),
        ("says", {}), ("is", {}),
    )  # fmt: skip
    for f in found:
        words = [f"{name} {text}" for name, text in f.identity.items()]
        words += [f"SunSpec at {f.sunspec}"] * (f.sunspec is not None)
        who = ", ".join(words)
        listed.add_row(str(f.unit), f"{f.took_ns / 1e6:.1f} ms", "\n".join(f.answers), who or "-")
    show(listed)
    if device := next((f for f in found if f.sunspec is not None), None):
        show(f"SunSpec devices say what they are: hukka io sunspec LINK --unit {device.unit}")


@contextmanager
def _progress() -> Iterator[Any]:
    """A bar on a terminal's stderr; nothing elsewhere: the total time was said."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("")
        yield lambda done, of, what: bar.update(task, completed=done, total=of, description=what)


def _listen(address: "Address", busy: bool) -> None:
    """Refuse a line on which somebody else is master: two of them garble each other."""
    from hil.links.serial_port import open_serial
    from twin.clock import monotonic_ns

    try:
        settings = (address.baud, address.parity, address.stop_bits)
        port = open_serial(address.path, *settings, say_latency)
    except OSError as error:
        raise LinkLost(f"cannot open {address.path}: {error.strerror or error}") from None
    heard, until_ns = b"", monotonic_ns() + _LISTEN_NS
    try:
        while not busy and (chunk := port.read(until_ns)):
            heard += chunk
            if monotonic_ns() >= until_ns:
                break
    finally:
        port.close()
    if heard:
        raise BadInput(
            f"{address.path}: {len(heard)} bytes in a second that nobody asked for: another"
            " master is on this line. Listen to it (hukka io sniff), stop it, or give --busy"
        )


def _units(text: str, *, serial: bool) -> list[int]:
    """Unit ids of a list such as `1-20,247`, each once, in their order; 255 with all of them."""
    low, high = (1, 247) if serial else (0, 255)
    found: dict[int, None] = {}
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise refuse("--units", text, "must be a list such as 1-20,247")
        numbers = range(int(first), int(last or first) + 1)
        if not numbers or numbers[0] < low or numbers[-1] > high:
            raise refuse("--units", part, f"must be {low} to {high}, rising")
        found |= dict.fromkeys(numbers)
    if not serial and text == "1-247":
        return [255, *found]
    return list(found)
