"""A mosquitto of our own, a consumer that counts, a record, and the process that tells it."""

import json
import os
import shutil
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import paho.mqtt.client as paho
import pytest
from free_ports import free_port
from paho.mqtt.enums import CallbackAPIVersion

from hil.crew.crew import Crew
from hil.historian.weeks import Channel, WeekWriter
from twin.clock import monotonic_ns

NS = 1_000_000_000
T0_NS = 1_796_000_000 * NS
LONG_S = 60.0
STREAMS = {
    "measured": [
        Channel("heat_pump.T_sink_out:measured", "K", 0.01),
        Channel("heat_pump.u_compressor:command", "-", 0.001),
    ],
    "twin": [Channel("heat_pump.T_sink_out:predicted", "K", 0.01)],
}
ROOT = "plants/hukka/mantsala"


def mosquitto() -> str:
    """The program, or a skip that says what is missing."""
    found = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if found is None:
        pytest.skip("mosquitto is not installed")
    return found


def until(condition: Callable[[], object], what: str) -> None:
    """Ask until it is so; the condition itself waits for what it hears."""
    deadline = monotonic_ns() + int(LONG_S * NS)
    while not condition():
        assert monotonic_ns() < deadline, f"waited {LONG_S:g} s for {what}"


class Broker:
    """`mosquitto` on a free port; `kill` and `start` as often as need be."""

    def __init__(self, folder: Path, *more: str) -> None:
        folder.mkdir(exist_ok=True)
        self.port = free_port()
        self.folder = folder
        lines = [f"listener {self.port} 127.0.0.1", *(more or ("allow_anonymous true",))]
        lines += ["persistence true", f"persistence_location {folder}/", "autosave_on_changes true"]
        lines += ["autosave_interval 1", "max_queued_messages 0", f"log_dest file {folder}/log"]
        self._config = folder / "mosquitto.conf"
        self._config.write_text("\n".join([*lines, "user root", ""]))
        self.process: subprocess.Popen[bytes] | None = None
        self.start()

    def start(self) -> None:
        """Start, and wait until it listens."""
        self.process = subprocess.Popen(
            [mosquitto(), "-c", str(self._config)],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        until(self._listens, "mosquitto to listen")

    def kill(self) -> None:
        """As `kill -9`."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def _listens(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "log").read_text()
        try:
            socket.create_connection(("127.0.0.1", self.port), 0.1).close()
        except OSError:
            return False
        return True

    def __enter__(self) -> "Broker":
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()


class Consumer:
    """A durable subscriber, which drops what it has by the rule of the documentation."""

    def __init__(
        self,
        port: int,
        dress: Callable[[paho.Client], None] = lambda _: None,
        root: str = ROOT,
    ) -> None:
        self._port, self._dress, self._root = port, dress, root
        self.rows: dict[str, list[tuple[int, list[float | None]]]] = {}
        self.lost: list[str] = []
        self.repeated = 0
        self.messages = 0
        self.retained: dict[str, dict] = {}
        self._client: paho.Client | None = None
        self.connect()

    def connect(self) -> None:
        """Connect anew; the broker remembers the subscription."""
        self.close()
        client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id="consumer", clean_session=False,
            reconnect_on_failure=False,
        )  # fmt: skip
        client.on_message = self._on_message
        client.on_connect = lambda *_: client.subscribe(f"{self._root}/#", qos=1)
        subscribed: list[int] = []
        client.on_subscribe = lambda *_: subscribed.append(1)
        self._dress(client)
        client.connect("127.0.0.1", self._port)
        self._client = client
        until(lambda: self.hears(lambda: bool(subscribed)), "the subscription")

    def hears(self, condition: Callable[[], bool]) -> bool:
        """Whether it is so after listening for a moment."""
        assert self._client is not None
        self._client.loop(0.02)
        return condition()

    @property
    def is_connected(self) -> bool:
        """Whether the broker is there, as far as is known."""
        return self._client is not None and self._client.is_connected()

    def count(self, stream: str) -> int:
        """Rows of a stream that were taken."""
        return len(self.rows.get(stream, []))

    def close(self) -> None:
        """Go without a word."""
        if self._client is not None and (there := self._client.socket()) is not None:
            there.close()

    def _on_message(self, _c: object, _u: object, message: paho.MQTTMessage) -> None:
        told = json.loads(message.payload)
        topic = message.topic.removeprefix(f"{self._root}/")
        kind, _, stream = topic.partition("/")
        if kind != "rows":
            self.retained[topic] = told
            return
        self.messages += 1
        taken = self.rows.setdefault(stream, [])
        last = taken[-1][0] if taken else told["after"]
        if told["last"] <= last:
            self.repeated += 1
            return
        if told["after"] > last:
            self.lost.append(f"{stream}: after {last} came what follows {told['after']}")
        taken += [(t, v) for t, v in zip(told["t"], told["values"], strict=True) if t > last]


class Desk:
    """A record and the worker that tells it, for `with`."""

    def __init__(self, folder: Path, settings: str) -> None:
        self.data = folder / "data"
        self.data.mkdir(exist_ok=True)
        (self.data / "log").mkdir(exist_ok=True)
        (self.data / "neighbours.yaml").write_text(settings)
        self.writer = WeekWriter(self.data / "weeks", STREAMS, ballast_bytes=0)
        self.written: dict[str, list[tuple[int, list[float | None]]]] = {n: [] for n in STREAMS}
        self._crew: Crew | None = None

    def record(self, seconds: int, first: int) -> None:
        """Write so many rows at 1 Hz from second `first` on; every 50th lacks a value."""
        for stream, channels in STREAMS.items():
            t_ns = T0_NS + (first + np.arange(seconds)) * NS
            values = np.round(300.0 + np.sin(np.arange(first, first + seconds) / 7.0), 2)
            values = np.repeat(values[:, None], len(channels), axis=1)
            quality = np.zeros(values.shape, np.uint8)
            values[::50, 0], quality[::50, 0] = np.nan, 2
            self.writer.append(stream, t_ns, values, quality)
            plain = [[v if v == v else None for v in row] for row in values.tolist()]
            self.written[stream] += list(zip(t_ns.tolist(), plain, strict=True))
        self.writer.commit()

    def start(self) -> None:
        """Start the worker."""
        self._crew = Crew(self.data / "log")
        self.worker = self._crew.start(
            "mqtt",
            "hil.neighbours.mqtt_worker",
            {"site": "mantsala", "data": str(self.data),
             "neighbours": str(self.data / "neighbours.yaml")},
        )  # fmt: skip
        self._crew.expect(self.worker, "ready", LONG_S)

    def says(self, **wanted: object) -> dict:
        """Wait until the worker says so in its status."""
        assert self._crew is not None
        while True:
            event = self._crew.expect(self.worker, "beat", LONG_S)
            if all(event.fields[key] == value for key, value in wanted.items()):
                return dict(event.fields)

    def stop(self, *, kill: bool = False) -> None:
        """End the worker, politely or not."""
        if self._crew is not None:
            if kill:
                self.worker.process.kill()
            self._crew.end()
            self._crew = None

    def __enter__(self) -> "Desk":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self.writer.close()
