"""`hukka io sniff PATH`: listen to a serial line of others, and understand it."""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hil.cli.io.common import (
    JsonOption,
    MapOption,
    nanoseconds,
    number,
    say,
    say_latency,
    show,
    table,
)
from hil.gate.interrupt import Interrupted, interruptible
from twin.clock import monotonic_ns, utc_now
from twin.errors import LinkLost, refuse

if TYPE_CHECKING:
    from hil.io.carried import Decoder
    from hil.io.listener import Listener
    from hil.io.pairing import Exchange
    from hil.io.traffic import Traffic
    from hil.io.wiretap import Heard, Noise
    from hil.links.address import Address
    from hil.links.serial_port import Port

_EXAMPLES = """Examples:

hukka io sniff /dev/ttyUSB0 --baud 9600 --parity N

hukka io sniff /dev/ttyUSB0 --map heat_pump.csv --duration 1m --json"""

_WAKE_NS = 50_000_000
_MOST_VALUES = 6
"""Values in a line for people; JSON has all of them [-]."""


def register(app: typer.Typer) -> None:
    """Add the command to `app`."""
    app.command(epilog=_EXAMPLES)(sniff)


def sniff(
    path: Annotated[
        str, typer.Argument(metavar="PATH", help="Serial device, or rtu:PATH?baud=... of it.")
    ],
    baud: Annotated[int | None, typer.Option(help="Baud rate.", show_default="19200")] = None,
    parity: Annotated[str | None, typer.Option(help="N, E or O.", show_default="E")] = None,
    stop: Annotated[int | None, typer.Option(help="Stop bits.", show_default="1")] = None,
    map_: MapOption = None,
    timeout: Annotated[
        str, typer.Option(metavar="TIME", help="Later answers count as late.")
    ] = "1s",
    for_: Annotated[
        str | None,
        typer.Option("--duration", metavar="TIME", help="How long.", show_default="until Ctrl-C"),
    ] = None,
    count: Annotated[
        int | None, typer.Option(min=1, help="Exchanges.", show_default="until Ctrl-C")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Listen to a serial line and decode what other masters ask and what they are told.

    Never sends a byte. Requests and replies are put together by unit, function and time; wrong
    checksums, silences below 3.5 characters, exceptions and late replies are named. At the end:
    what each unit did.
    """
    from hil.io.carried import Decoder
    from hil.io.listener import Listener
    from hil.links.line_time import LineTime
    from hil.links.serial_port import is_pty
    from twin.registers import load_map

    address = _address(path, baud, parity, stop)
    decoder = None if map_ is None else Decoder(load_map(map_))
    listener = Listener(
        LineTime(address.baud, address.parity, address.stop_bits),
        nanoseconds("--timeout", timeout),
        silences=not is_pty(address.path),
    )
    until_ns = None if for_ is None else monotonic_ns() + nanoseconds("--duration", for_)
    teller = _Teller(decoder, as_json)
    with interruptible():
        port = _open(address)
        say(f"listens on {address}; Ctrl-C ends it")
        try:
            for event in _events(port, listener, until_ns, count):
                teller.tell(event, listener.traffic)
        except Interrupted:
            if for_ is not None or count is not None:
                raise
        finally:
            port.close()
            teller.end(listener)


def _address(path: str, baud: int | None, parity: str | None, stop: int | None) -> "Address":
    from hil.links.address import parse_address

    given = {"baud": baud, "parity": parity, "stop": stop}
    options = "&".join(f"{key}={value}" for key, value in given.items() if value is not None)
    text = path if path.startswith(("rtu:", "serial:")) else f"rtu:{path}"
    if options:
        text += ("&" if "?" in text else "?") + options
    found = parse_address(text)
    if not found.is_serial:
        raise refuse("PATH", path, "must be a serial device")
    return found


def _open(address: "Address") -> "Port":
    from hil.links.serial_port import open_serial

    try:
        settings = (address.baud, address.parity, address.stop_bits)
        return open_serial(address.path, *settings, say_latency)
    except OSError as error:
        raise LinkLost(f"cannot open {address.path}: {error.strerror or error}") from None


def _events(
    port: "Port", listener: "Listener", until_ns: int | None, count: int | None
) -> Iterator["Exchange | Heard | Noise"]:
    """What happens on the line, until the time is over or `count` exchanges were heard."""
    from hil.io.pairing import Exchange

    exchanges = 0
    while until_ns is None or monotonic_ns() < until_ns:
        try:
            wake_ns = monotonic_ns() + _WAKE_NS
            data = port.read(wake_ns if until_ns is None else min(wake_ns, until_ns))
        except OSError as error:
            raise LinkLost(f"the port is gone: {error.strerror or error}") from None
        for event in listener.feed(data, monotonic_ns()):
            yield event
            exchanges += isinstance(event, Exchange)
            if count is not None and exchanges >= count:
                return


class _Teller:
    """A line for every exchange, bad frame and short silence."""

    def __init__(self, decoder: "Decoder | None", as_json: bool) -> None:
        self._decoder = decoder
        self._as_json = as_json
        self._began = utc_now()
        self._began_ns = monotonic_ns()

    def tell(self, event: "Exchange | Heard | Noise", traffic: "Traffic") -> None:
        from hil.io.pairing import Exchange
        from hil.io.wiretap import Noise

        if isinstance(event, Exchange):
            plain, line = self._exchange(event)
        elif isinstance(event, Noise):
            what = event.looks_like or "no frame"
            plain = {"event": "noise", "bytes": event.data.hex(" "), "looks_like": event.looks_like}
            shown = event.data[:12].hex(" ") + (" ..." if len(event.data) > 12 else "")
            line = f"noise: {len(event.data)} bytes {shown}: {what}"
        elif traffic.is_short(event) and event.gap_ns is not None:
            plain = {"event": "short_gap", "unit": event.unit, "gap_ms": event.gap_ns / 1e6}
            line = f"unit {event.unit:3}: only {event.gap_ns / 1e6:.2f} ms of silence before it"
        else:
            return
        t = self._utc(event.start_ns)
        if self._as_json:
            typer.echo(json.dumps({"t": t.isoformat(timespec="milliseconds"), **plain}))
        else:
            typer.echo(f"{t:%H:%M:%S.%f}"[:-3] + f" {line}")

    def end(self, listener: "Listener") -> None:
        """What was left, then what each unit did."""
        for event in listener.finish():
            self.tell(event, listener.traffic)
        if self._as_json:
            typer.echo(json.dumps({"event": "end", **listener.traffic.plain()}))
        else:
            _summary(listener.traffic)

    def _exchange(self, e: "Exchange") -> tuple[dict[str, Any], str]:
        from hil.io.carried import carried

        parts = carried(e)
        values: dict[str, float | str | None] = {}
        for part in parts:
            found = self._decoder.values(e.unit, part) if self._decoder else {}
            values |= found or (_words(part.words) if self._decoder is None else {})
        function = (e.request or e.reply or b"\0")[0] & 0x7F
        what = ", ".join(map(str, parts)) or f"function {function}"
        plain = {
            "event": e.ending,
            "unit": e.unit,
            "function": function,
            "what": what,
            "took_ms": None if e.took_ns is None else e.took_ns / 1e6,
            **({"exception": e.code} if e.code else {}),
            "values": values,
            "request": None if e.request is None else e.request.hex(" "),
            "reply": None if e.reply is None else e.reply.hex(" "),
        }
        return plain, _line(e, what, values)

    def _utc(self, t_ns: int) -> datetime:
        return self._began + timedelta(microseconds=(t_ns - self._began_ns) / 1e3)


def _words(words: Mapping[tuple[Any, int], int] | None) -> dict[str, float | str | None]:
    return {f"{table}:{at}": float(word) for (table, at), word in (words or {}).items()}


def _line(e: "Exchange", what: str, values: Mapping[str, float | str | None]) -> str:
    took = "" if e.took_ns is None else f" in {e.took_ns / 1e6:.1f} ms"
    ending = {"answered": "", "refused": f": exception {e.code}"}.get(e.ending, f": {e.ending}")
    shown = [f"{name} = {number(value)}" for name, value in list(values.items())[:_MOST_VALUES]]
    if len(values) > _MOST_VALUES:
        shown.append(f"and {len(values) - _MOST_VALUES} more")
    unit = "every unit" if e.ending == "broadcast" else f"unit {e.unit:3}"
    return f"{unit}: {what}{ending}{took}" + (f": {', '.join(shown)}" if shown else "")


def _summary(traffic: "Traffic") -> None:
    right = {"justify": "right"}
    found = table(
        ("unit", right), ("asked", right), ("answered", right), ("refused", right),
        ("silent", right), ("late", right), ("orphan", right), ("p50", right), ("p99", right),
    )  # fmt: skip
    for unit, seen in sorted(traffic.units.items()):
        names = ("answered", "refused", "unanswered", "late", "orphan")
        counts = [str(seen.endings[name]) for name in names]
        times = [seen.quantile_ms(0.5), seen.quantile_ms(0.99)]
        shown = ["-" if ms is None else f"{ms:.1f} ms" for ms in times]
        found.add_row("all" if unit == 0 else str(unit), str(seen.requests), *counts, *shown)
    if traffic.units:
        show(found)
    show(
        f"{traffic.frames} frames, {traffic.load:.0%} of the time; {traffic.noises} bursts of"
        f" {traffic.noise_bytes} bytes that are no frame, {traffic.wrong_sums} of them with a wrong"
        f" checksum; {traffic.short_gaps} silences below 3.5 characters"
    )
