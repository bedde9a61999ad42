"""The desk as metrics of Prometheus: a picture of now, drawn anew at each scrape."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily as Counted
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.core import InfoMetricFamily as Info
from prometheus_client.metrics_core import Metric

from hil.monitor.health import Health
from hil.neighbours.metric import suffix
from hil.neighbours.view import Moment, View
from twin.alarms.listed import PRIORITIES
from twin.clock import NS_PER_S
from twin.diagnosis.isa import State
from twin.diagnosis.verdict import Standing
from twin.signals import Quality
from twin.site.model import Site

DAY_S: Final = 86_400.0
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_PERCENTILES = {"p50": "50", "p99": "99", "max": "100"}
"""A `quantile` is a word for summaries alone."""


def rendered(view: View) -> bytes:
    """Everything that is known now, in the text format of Prometheus."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Desk(view))
    return generate_latest(registry)


class _Desk:
    def __init__(self, view: View) -> None:
        self._view = view

    def collect(self) -> Iterator[Metric]:
        """All metrics of one moment."""
        view = self._view
        moment, health = view.now(), view.health()
        yield Info("hukka", "Which plant this is.", {"site": view.site.site, "kind": view.kind})
        yield from _values(view.site, view.keys(), moment)
        yield from _qualities(moment)
        yield _standing(moment)
        if view.kind == "monitor":  # a bench counts from its own beginning
            yield from _stamps(moment)
        yield from _alarms(view)
        yield from _links(health)
        yield from _processes(health)
        yield from _loop(health)
        yield from _disk(health)


def _values(site: Site, units: Mapping[str, str], moment: Moment) -> Iterator[Metric]:
    """A metric for each kind and unit; what is missing has no sample."""
    kinds: dict[str, tuple[str, Mapping[str, float | None]]] = {
        "measured": ("What a sensor reads; no sample where its quality is not good.",
                     _good(moment)),
        "command": ("What a controller commands.", moment.commands),
        "predicted": ("What the twin expects.", moment.predicted),
        "band": ("Half-width of the band around what the twin expects.", moment.band),
    }  # fmt: skip
    for kind, (help_, values) in kinds.items():
        families: dict[str, Gauge] = {}
        for name, value in values.items():
            if value is None or value != value:
                continue
            shown = site.signals[name].unit if name in site.signals and kind != "band" else None
            ending, zero = suffix(units.get(f"{name}:{kind}", "-"), absolute_in=shown)
            full = f"hukka_{kind}_{ending}"
            family = families.setdefault(full, Gauge(full, help_, labels=["part", "signal"]))
            family.add_metric(_labels(name), value - zero)
        yield from (families[name] for name in sorted(families))


def _good(moment: Moment) -> dict[str, float | None]:
    good = int(Quality.GOOD)
    return {n: v if moment.quality.get(n) == good else None for n, v in moment.measured.items()}


def _labels(name: str) -> list[str]:
    part, _, signal = name.partition(".")
    return [part, signal]


def _qualities(moment: Moment) -> Iterator[Metric]:
    family = Gauge(
        "hukka_signal_quality",
        "Why a reading may or may not be believed: 0 good, see the documentation.",
        labels=["part", "signal"],
    )
    for name, quality in moment.quality.items():
        family.add_metric(_labels(name), quality)
    yield family


def _standing(moment: Moment) -> Metric:
    family = Gauge(
        "hukka_part_standing",
        "What the twin can say of a part: 1 at one of the standings.",
        labels=["part", "standing"],
    )
    for part, word in moment.standing.items():
        for standing in Standing:
            family.add_metric([part, standing.value], standing.value == word)
    return family


def _stamps(moment: Moment) -> Iterator[Metric]:
    yield Gauge("hukka_row_timestamp_seconds", "Time of the newest row.", moment.t_ns / NS_PER_S)
    yield Gauge(
        "hukka_prediction_timestamp_seconds",
        "Time that the newest prediction is for.",
        moment.predicted_ns / NS_PER_S,
    )


def _alarms(view: View) -> Iterator[Metric]:
    rows = view.alarms()
    counted = Counter((row.priority, row.state) for row in rows)
    family = Gauge("hukka_alarms", "Alarms in the list.", labels=["priority", "state"])
    for priority in PRIORITIES:
        for state in State:
            if state is not State.NORMAL:
                family.add_metric([priority, state.value], counted[priority, state.value])
    yield family
    asking = Counter(row.priority for row in rows if row.annunciated)
    family = Gauge("hukka_alarms_asking", "Alarms that ask for somebody.", labels=["priority"])
    for priority in PRIORITIES:
        family.add_metric([priority], asking[priority])
    yield family
    chattering = sum(row.chattering for row in rows)
    yield Gauge("hukka_alarms_chattering", "Alarms that come and go too often.", chattering)


def _links(health: Health) -> Iterator[Metric]:
    labels = ["link", "controller"]
    up = Gauge("hukka_link_up", "Whether a controller answers.", labels=labels)
    asked = Counted("hukka_link_transactions", "Questions to a controller.", labels=labels)
    errors = Counted("hukka_link_errors", "Questions without a good answer.", labels=labels)
    took = Gauge(
        "hukka_link_response_seconds", "Time of an answer.", labels=[*labels, "percentile"]
    )
    for row in health.links:
        own = [row.link, row.name]
        up.add_metric(own, row.up)
        asked.add_metric(own, row.transactions)
        errors.add_metric(own, row.errors)
        for percentile, value_us in (("50", row.p50_us), ("99", row.p99_us)):
            if value_us is not None:
                took.add_metric([*own, percentile], value_us / 1e6)
    yield from (up, asked, errors, took)


def _processes(health: Health) -> Iterator[Metric]:
    up = Gauge("hukka_process_up", "Whether a process of the desk runs.", labels=["process"])
    restarts = Counted("hukka_process_restarts", "How often it was restarted.", labels=["process"])
    cpu = Counted("hukka_process_cpu_seconds", "Processor time.", labels=["process"])
    memory = Gauge("hukka_process_resident_memory_bytes", "Memory.", labels=["process"])
    for row in health.processes:
        up.add_metric([row.name], row.up)
        restarts.add_metric([row.name], row.restarts)
        cpu.add_metric([row.name], row.cpu_s)
        memory.add_metric([row.name], row.memory_bytes)
    yield from (up, restarts, cpu, memory)


def _loop(health: Health) -> Iterator[Metric]:
    late = Gauge("hukka_cycle_lateness_seconds", "Lateness of cycles.", labels=["percentile"])
    for word, percentile in _PERCENTILES.items():
        value_us = health.late_us.get(word)
        if value_us is not None:
            late.add_metric([percentile], value_us / 1e6)
    yield late
    yield Counted("hukka_cycle_overruns", "Cycles that were not done in time.", health.overruns)
    yield Counted("hukka_rows_dropped", "Rows that found no room.", health.dropped)
    yield Gauge("hukka_clock_offset_seconds", "Stamps less UTC.", health.clock_offset_s)
    nis = Gauge(
        "hukka_twin_nis_ratio",
        "Consistency of a part: normalised innovations squared over their expectation.",
        labels=["part"],
    )
    for part, value in health.twin.items():
        if value is not None:
            nis.add_metric([part], value)
    yield nis


def _disk(health: Health) -> Iterator[Metric]:
    yield Gauge("hukka_historian_bytes", "Room that the record takes.", health.disk_used_bytes)
    yield Gauge("hukka_disk_free_bytes", "Room that is left.", health.disk_free_bytes)
    if health.disk_days_left is not None:
        left_s = health.disk_days_left * DAY_S
        yield Gauge("hukka_disk_left_seconds", "Time until the disk is full.", left_s)
    lost_s = sum(to_ns - from_ns for from_ns, to_ns, _ in health.gaps) / NS_PER_S
    yield Gauge("hukka_gaps", "Gaps in the record of the last day.", len(health.gaps))
    yield Gauge("hukka_gaps_seconds", "Time without samples in the last day.", lost_s)
