"""The record of a run: what was begun and what came of it, on disk before the next thing begins.

No wall time is in it, so that the same run gives the same bytes; when it grew lies beside it.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

from firmware_sim import map_path
from hil.bench.wire import map_files
from hil.commissioning.disk import stopped
from hil.commissioning.planned import PlannedBlock
from hil.commissioning.record import BlockRecord, StepNews
from hil.gate.files import AppendFile, FolderLock
from hil.historian.growth import GrowthFile
from twin.errors import BadInput
from twin.site import Site, boundary_files

NAME = "commission.jsonl"
TRACES = "traces"
_MOST_NAMED = 6


def identity(
    site: Site, blocks: Sequence[PlannedBlock], options: Mapping[str, Any]
) -> dict[str, Any]:
    """What a run is of: the same identity gives the same run."""
    fmus = {part: site.fmu_path(part) for part in site.plant.parts}
    maps = map_files(site) | {map_path(c.type) for c in site.controllers.values()}
    data = options.get("data")
    outside = boundary_files(site, None if data is None else Path(data))
    return {
        "site": site.site,
        "site_sha256": _hash(site.document.path),
        "fmus": {part: _hash(path) for part, path in fmus.items()},
        "maps": {path.stem: _hash(path) for path in sorted(maps)},
        "outside": {path.name: _hash(path) for path in outside},
        "controllers": {name: _controller(site, name) for name in site.controllers},
        "hukka": version("hukka"),
        "titles": {b.procedure.procedure: b.procedure.title for b in blocks},
        "procedures": {
            p.procedure: hashlib.sha256(p.model_dump_json(fallback=str).encode()).hexdigest()
            for p in {id(b.procedure): b.procedure for b in blocks}.values()
        },
        "blocks": [block.key for block in blocks],
        "options": dict(options),
    }


def _controller(site: Site, name: str) -> dict[str, Any]:
    """What the site says of a controller."""
    of = site.controllers[name]
    return {
        "type": of.type,
        "role": of.role,
        "link": of.link,
        "transport": site.links[of.link].transport,
        "unit": of.unit,
        "map": of.map_name,
        "emulated": of.emulated,
    }


class Book:
    """Appends to the record in `folder`, and knows what is in it."""

    def __init__(self, folder: Path, told: Mapping[str, Any], *, resume: bool) -> None:
        """Begin a record of a run with identity `told`, or go on with it.

        Raises:
            BadInput: there is a record already, there is none to resume, or of another run.
            RecordingStopped: the disk does not take its first line.
        """
        path = folder / NAME
        self.done: dict[str, BlockRecord] = {}
        if not resume and path.exists():
            raise BadInput(f"{folder}: already holds a run; --resume goes on with it")
        if resume and not path.exists():
            raise BadInput(f"{folder}: no {NAME}, so there is no run to resume")
        try:
            (folder / TRACES).mkdir(parents=True, exist_ok=True)
            with ExitStack() as held:
                held.enter_context(FolderLock(folder))
                self._growth = held.enter_context(GrowthFile(path))
                self._file = AppendFile(path)  # last: an empty record would be taken for a run
                held.callback(self._file.close)
                self._held = held.pop_all()
        except BadInput:
            raise BadInput(f"{folder}: another process runs procedures in it") from None
        except OSError as error:
            raise BadInput(f"{folder}: {error.strerror or error}") from None
        if resume:
            self._take_up(path, told)
        else:
            self._add({"run": told})

    def begin(self, block: PlannedBlock, logged: int = 0) -> None:
        """A block begins, when the audit log has `logged` lines [-]."""
        self._add({"begin": block.key, "logged": logged})

    def confined(self, text: str) -> None:
        """What came of shutting the code of FMUs in."""
        self._add({"confined": text})

    def step(self, news: StepNews) -> None:
        """A step of the block begins or has ended; the branch that runs the block says so."""
        self._add({"step": news.plain()})

    def end(self, record: BlockRecord) -> None:
        """A block has ended."""
        self.done[record.key] = record
        self._add({"end": record.plain()})

    def close(self) -> None:
        """Give file and folder back."""
        self._held.close()

    def _add(self, what: Mapping[str, Any]) -> None:
        try:
            self._file.append(json.dumps(what, sort_keys=True).encode() + b"\n")
            self._growth.grown(self._file.size)
        except OSError as error:
            raise stopped(self._file.path, error) from None

    def _take_up(self, path: Path, told: Mapping[str, Any]) -> None:
        text = path.read_bytes()
        whole, _, torn = text.rpartition(b"\n")
        if torn:  # the line that was being written when the process ended never counted
            self._file.cut(len(text) - len(torn))
        try:
            lines = [json.loads(line) for line in whole.splitlines()]
            before = lines[0]["run"] if lines else None
            ends = [BlockRecord.of(line["end"]) for line in lines if "end" in line]
        except (ValueError, LookupError, TypeError) as error:
            self.close()
            raise BadInput(f"{path}: is not the record of a run: {error}") from None
        if before is None:
            self._add({"run": told})
            return
        if changed := _changed(before, told):
            self.close()
            more = f" and {len(changed) - _MOST_NAMED} more" if len(changed) > _MOST_NAMED else ""
            what = f"{', '.join(changed[:_MOST_NAMED])}{more}"
            raise BadInput(f"{path}: cannot be resumed: {what} changed since")
        self.done = {record.key: record for record in ends}


def _changed(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What is not as it was: `site`, `options.seed`, `outside.weather_winter_day.csv`."""
    found = []
    for key, value in now.items():
        was = before.get(key)
        if isinstance(value, Mapping) and isinstance(was, Mapping):
            names = dict.fromkeys((*value, *was))
            found += [f"{key}.{n}" for n in names if value.get(n) != was.get(n)]
        elif was != value:
            found.append(key)
    return found


def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
