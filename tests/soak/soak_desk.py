"""What stands around a soak: a real bench, a broker with a listener, a clock that can be set."""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import free_ports
from monitor_desk import ENVIRONMENT, Desk, Plant, plant
from neighbour_desk import Broker, mosquitto
from soak_ears import ALARMS, ROOT, Listening
from stepped_clock import SteppedClock

from twin.clock import NS_PER_S, WallClock

LONG_S = 300.0
"""What a busy machine may take for anything [s]."""


@dataclass
class Around:
    """All that a monitor under soak lives with; `missing` says what this machine has not."""

    plant: Plant
    data: Path
    broker: Broker | None = None
    listening: Listening | None = None
    clock: SteppedClock | None = None
    missing: list[str] = field(default_factory=list)
    page: str = field(default_factory=lambda: f"127.0.0.1:{free_ports.free_port()}")
    """Where the monitor's page is."""
    time: WallClock = field(default_factory=WallClock)

    @property
    def now_s(self) -> float:
        """Since the soak began [s]."""
        return self.time.now_ns() / NS_PER_S

    def pass_by(self, seconds: float) -> None:
        """Let time pass."""
        self.time.wait_until(self.time.now_ns() + round(seconds * NS_PER_S))

    def monitor(self) -> Desk:
        """Start a monitor, and wait until it watches."""
        stepped: Mapping[str, str] = {} if self.clock is None else self.clock.environment
        environment = {**ENVIRONMENT, **stepped}
        desk = Desk(self.plant, self.data, "--page", self.page, environment=environment)
        try:
            desk.until("watches", timeout_s=LONG_S)
        except BaseException:
            desk.kill()
            raise
        return desk


@contextmanager
def around(folder: Path) -> Iterator[Around]:
    """Everything under `folder`, ended with the block."""
    free_ports.beside_a_suite()
    with ExitStack() as stack:
        found = Around(stack.enter_context(plant(folder / "plant")), folder / "data")
        found.data.mkdir()
        found.data.joinpath("alarms.yaml").write_text(
            "links: {delay_on: 1 s, delay_off: 1 s, priority: low}\n", "utf-8"
        )
        try:
            found.clock = SteppedClock(folder / "clock")
        except OSError as error:
            found.missing.append(f"clock: {error}")
        if has_mosquitto():
            broker = found.broker = stack.enter_context(Broker(folder / "broker"))
            found.listening = Listening(broker.port)
            stack.callback(found.listening.close)
            _tell_of(found.data, broker.port)
        else:
            found.missing.append("broker: mosquitto is not installed")
        yield found


def has_mosquitto() -> bool:
    """Whether there is a broker to start; asked as tests ask, which skip where there is none."""
    import pytest

    with suppress(pytest.skip.Exception):
        return bool(mosquitto())
    return False


def _tell_of(data: Path, port: int) -> None:
    """All rows from the first on, and every alarm, go to the broker."""
    mqtt = {"broker": f"mqtt://127.0.0.1:{port}", "prefix": ROOT.partition("/")[0]}
    mqtt["begin"] = "beginning"
    (data / "neighbours.yaml").write_text(json.dumps({"mqtt": mqtt}), "utf-8")
    hook = {"kind": "mqtt", "host": "127.0.0.1", "port": port, "tls": False}
    channels = {"duty": hook | {"topic": f"{ROOT}/{ALARMS}"}}
    (data / "tell.yaml").write_text(json.dumps({"channels": channels}), "utf-8")


def names_of(desk: Desk) -> dict[int, str]:
    """Processes of a monitor by their names in it: `link hp_line`, which is that of the log."""
    found = {}
    for pid in desk.children():
        with suppress(OSError):
            found[pid] = Path(f"/proc/{pid}/fd/2").readlink().stem
    return found


def is_stopped(pid: int) -> bool:
    """Whether it hangs because somebody stopped it."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
    return False
