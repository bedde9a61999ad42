"""A monitored `mantsala` at one moment, as neighbours are shown it."""

from dataclasses import dataclass, field
from math import nan

from hil.alarms.row import AlarmRow
from hil.monitor.health import Health, LinkRow, ProcessRow
from hil.page.source import Moment
from twin.signals import Quality
from twin.site import load_site
from twin.site.quantity import si_unit

T_NS = 1_796_000_000_000_000_000
SITE = load_site("mantsala")


def alarm(number: int, priority: str, state: str, *, asks: bool, chatters: bool = False):
    """An alarm of the list."""
    return AlarmRow(
        number=number, cause="fouling", part="heat_pump", signal=None, priority=priority,
        state=state, annunciated=asks, raised_ns=T_NS, since_ns=T_NS, cleared_ns=None,
        acknowledged_by=None, comment="", shelved_until_ns=None, text="", chattering=chatters,
    )  # fmt: skip


def moment() -> Moment:
    """Everything reads 300 (SI); one signal timed out, one is predicted."""
    measured = dict.fromkeys(SITE.signals, 300.0)
    quality = dict.fromkeys(SITE.signals, int(Quality.GOOD))
    measured["heat_pump.T_sink_out"] = nan
    quality["heat_pump.T_sink_out"] = int(Quality.TIMEOUT)
    return Moment(
        t_ns=T_NS,
        measured=measured,
        quality=quality,
        commands={"heat_pump.u_compressor": 0.5},
        predicted={"heat_pump.T_sink_out": 340.0, "heat_pump.T_source_out": None},
        band={"heat_pump.T_sink_out": 0.8},
        predicted_ns=T_NS - 60_000_000_000,
        standing={"heat_pump": "undecided", "cooling_loop": "not observable"},
        reasons={},
    )


def health() -> Health:
    """A desk that has seen a little of everything."""
    return Health(
        links=[LinkRow("cdu", "hall", True, 1000, 3, 1500.0, 4000.0, "timeout"),
               LinkRow("pump", "hall", False, 10, 10, None, None, "gone")],
        processes=[ProcessRow("loop", True, 0, 12.5, 100_000_000),
                   ProcessRow("twin", False, 2, 60.0, 0, "killed")],
        late_us={"p50": 50.0, "p99": 100.0, "max": None},
        overruns=2, dropped=1, clock_offset_s=-0.25, disk_free_bytes=10**10,
        disk_used_bytes=10**9, disk_days_left=100.0, gaps=[(0, 5_000_000_000, "asleep")],
        twin={"heat_pump": 1.25, "cooling_loop": None},
    )  # fmt: skip


@dataclass
class PlantView:
    """What `View` asks for."""

    kind: str = "monitor"
    listed: list[AlarmRow] = field(default_factory=list)
    site = SITE

    def now(self) -> Moment:
        """The moment."""
        return moment()

    def keys(self) -> dict[str, str]:
        """Units."""
        units = {f"{n}:measured": si_unit(s.unit) for n, s in SITE.signals.items()}
        units["heat_pump.T_sink_out:predicted"] = units["heat_pump.T_sink_out:band"] = "K"
        return {**units, "heat_pump.u_compressor:command": "-"}

    def alarms(self, t_ns: int | None = None) -> list[AlarmRow]:
        """The list."""
        return self.listed

    def health(self) -> Health:
        """The desk."""
        return health()
