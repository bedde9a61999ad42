"""The run folder of a bench: which column is what, and rows in that order."""

import platform
from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from hil.bench.layout import Layout
from hil.bench.options import Options
from hil.bench.wire import map_files
from hil.historian import Column, RunHeader, RunRecorder
from hil.historian.header import Status
from twin.diagnosis.panel import Entry
from twin.pipeline import Twin
from twin.signals import Quality
from twin.site import Site, parse_fault
from twin.site.quantity import si_unit


class Record:
    """Records rows of the ring with their predictions; see `RunRecorder` for what survives what."""

    def __init__(
        self,
        folder: Path,
        site: Site,
        layout: Layout,
        options: Options,
        fmu_hashes: Mapping[str, str],
        twin: Twin,
        notes: Sequence[str],
    ) -> None:
        files = {site.document.path, *map_files(site)}
        files |= {Path(options.learned)} if options.learned else set()
        header = RunHeader(
            site=site.site,
            title=site.title,
            seed=options.seed,
            options=options.plain(),
            hashes={**fmu_hashes, **{f.name: sha256(f.read_bytes()).hexdigest() for f in files}},
            parts={part: part.replace("_", " ") for part in site.plant.parts},
            notes=(*notes, f"machine: {platform.machine()} {platform.system()}"),
        )
        self._recorder = RunRecorder.create(folder, header, _columns(site, layout, twin))
        for text in options.faults:
            event = parse_fault(text, site)
            what = f"{event.text}: {event.fault.meaning}"
            self._recorder.event(event.at_ns, "fault", what, event.fault.part)
        self._period_ns = options.cycle_ns

    @property
    def trace_sha256(self) -> str:
        """Hash of everything measured, predicted and commanded so far."""
        return self._recorder.trace_sha256

    def take(
        self,
        rows: NDArray[np.void],
        predicted: NDArray[np.float64],
        alarms: Sequence[Mapping[str, Any]],
    ) -> None:
        """Record rows of the run proper, their predictions float64[rows, watched], and alarms."""
        self._recorder.append(
            np.hstack(
                [
                    rows["t_ns"][:, None].astype(np.float64),
                    np.where(rows["quality"] == Quality.GOOD, rows["measured"], np.nan),
                    predicted,
                    rows["commands"],
                    rows["truth"],
                ]
            )
        )
        first = int(rows["t_ns"][0]) // self._period_ns
        late_us = np.minimum(rows["late_ns"] // 1000, 2**31 - 1).astype(np.int32)
        self._recorder.append_lateness(first, late_us)
        for alarm in alarms:
            self.alarm(alarm)

    def alarm(self, note: Mapping[str, Any]) -> None:
        """Record an alarm at once, as `Score` has it; again when it has changed."""
        self._recorder.alarm(dict(note))  # type: ignore[arg-type]  # Score gives its keys

    def line_event(self, t_ns: int, text: str) -> None:
        """Record at once what is to happen to a line at `t_ns` [ns]."""
        self._recorder.event(t_ns, "link", text)

    def event(self, t_ns: int, part: str, text: str) -> None:
        """Record at once what happened to a part of the plant at `t_ns` [ns]."""
        self._recorder.event(t_ns, "plant", text, part)

    def diagnosed(self, told: Mapping[str, Any]) -> None:
        """Record at once what the twin says of an event; again when that has changed."""
        self._recorder.diagnosed(told)

    def entry(self, entry: Entry) -> None:
        """Record at once what happened to the alarm of an event."""
        self._recorder.entry(entry)

    def finish(self, status: Status, result: Mapping[str, Any] | None, reason: str | None) -> None:
        """Close the record with its outcome, and what ended it early."""
        self._recorder.finish(status, result, reason)

    def __enter__(self) -> Self:
        self._recorder.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._recorder.__exit__(kind, error, at)


def _columns(site: Site, layout: Layout, twin: Twin) -> list[Column]:
    def part(name: str) -> str:
        return name.partition(".")[0]

    def unit(signal: str) -> str:
        return si_unit(site.signals[signal].unit)

    counts = set(layout.validity)
    return [
        *(Column(n, "measured", unit(n), part(n)) for n in layout.signals),
        *(Column(w.name, "predicted", unit(w.name), w.part, w.band) for w in twin.watched),
        *(Column(n, "command", "-", part(n)) for n in layout.commands),
        *(Column(n, "truth", "-" if n in counts else "J", part(n)) for n in layout.truth),
    ]
