"""The report of a commissioning run: one HTML file that can be signed, and the same as JSON.

Neither needs a network, and the same run gives the same bytes.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from hil.report import commission_identity as of
from hil.report import commission_words as say
from hil.report.commission_audit import Audit, read_audit
from hil.report.commission_data import NAME as RECORD
from hil.report.commission_data import Block, Record, read_record
from hil.report.commission_findings import (
    Deviation,
    Proof,
    Trial,
    deviations_of,
    proofs_of,
    skipped_of,
    summary_of,
    trials_of,
)
from hil.report.commission_picture import block_picture, panels_of
from hil.report.commission_trace import Seen, read_trace, same_words
from hil.report.page import NAME
from hil.report.photos import shown
from hil.report.place import target_of, write
from hil.report.remarks import Remark, Remarks, read_remarks
from hil.report.templates import resource, template
from twin.errors import BadInput


@dataclass(frozen=True)
class Content:
    """All that a report says; the pictures apart, which are of the files under `traces`."""

    record: Record
    identity: Mapping[str, Any]
    notes: tuple[str, ...]
    summary: Mapping[str, int]
    trials: tuple[Trial, ...]
    proofs: tuple[Proof, ...]
    deviations: tuple[Deviation, ...]
    skipped: tuple[Deviation, ...]
    remarks: Remarks
    audit: Audit


@dataclass(frozen=True)
class Section:
    """A block as it is drawn: its steps as text, its picture (SVG) or why there is none."""

    block: Block
    facts: str
    steps: tuple[say.StepRow, ...]
    picture: str
    without: str
    left_out: str
    has_predicted: bool


@dataclass(frozen=True)
class Noted:
    """A note as it is drawn: where its block stands, and each photo small, or why it is missing."""

    remark: Remark
    anchor: str
    photos: tuple[tuple[str, str, str], ...]
    """Caption, picture as a `data:` address, why there is none."""


def is_commission(folder: Path) -> bool:
    """Whether `folder` holds a commissioning run."""
    return (folder / RECORD).is_file()


def write_commission_report(folder: Path, out: Path | None = None) -> Path:
    """Draw the commissioning run in `folder`; the file is `out`, or `report.html` in that folder.

    What it says goes as JSON beside it, under the same name with `.json`. A run that goes on or
    was killed is drawn as far as it is recorded, and says so.

    Raises:
        BadInput: no such run, a broken one, or a place that cannot be written.
    """
    target = folder / NAME if out is None else target_of(out, NAME)
    beside = target.with_suffix(".json")
    if beside == target:
        raise BadInput(f"{target}: is where the JSON goes; name the HTML file otherwise")
    content = content_of(folder)
    page, plain = html(content), plain_json(content)
    write(beside, plain)
    write(target, page)
    return target


def content_of(folder: Path) -> Content:
    """What there is to say of the run in `folder`."""
    record, remarks = read_record(folder), read_remarks(folder)
    audit = read_audit(folder, record.logged)
    trials = trials_of(record.blocks)
    told = of.identity(record, audit, remarks, _hukka())
    more = of.instrument_notes(told, record.blocks)
    return Content(
        record,
        told,
        say.notes(record, audit, remarks, more),
        summary_of(trials, record.blocks),
        trials,
        proofs_of(trials),
        deviations_of(record.blocks),
        skipped_of(record.blocks),
        remarks,
        audit,
    )


def plain_json(content: Content) -> str:
    """The content as plain data."""
    plain = {
        "schema_version": 1,
        "identity": content.identity,
        "notes": content.notes,
        "summary": content.summary,
        "requirements": [asdict(proof) for proof in content.proofs],
        "procedures": [
            {**asdict(trial), "blocks": [block.key for block in trial.blocks]}
            for trial in content.trials
        ],
        "blocks": [asdict(block) for block in content.record.blocks],
        "deviations": [asdict(deviation) for deviation in content.deviations],
        "skipped": [asdict(deviation) for deviation in content.skipped],
        "remarks": [asdict(remark) for remark in content.remarks.every],
        "audit": {**asdict(content.audit), "verified": content.audit.verified},
    }
    text = json.dumps(plain, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    return f"{text}\n"


def html(content: Content) -> str:
    """The page as text."""
    record = content.record
    every = {block.key: read_trace(record.folder, block) for block in record.blocks}
    every = same_words(every, record.blocks)
    return template("commission.html.j2").render(
        site=content.identity["site"],
        folder=content.identity["run"],
        sha256=record.sha256,
        period=say.period(content.audit),
        report_by=content.identity["report_by"],
        style=resource("report.css") + resource("commission.css"),
        notes=content.notes,
        tiles=say.tiles(content.summary),
        proofs=content.proofs,
        deviations=content.deviations,
        skipped=content.skipped,
        remarks=[_noted(record, remark) for remark in content.remarks.every],
        remarks_of=content.remarks.of,
        remarks_sha256=content.remarks.sha256,
        trials=content.trials,
        titles=record.told["titles"],
        sections={block.key: _section(block, every[block.key]) for block in record.blocks},
        controllers=of.controller_table(record, content.audit),
        devices=of.device_table(record),
        instruments=of.instrument_table(content.identity, record.blocks),
        audit=content.audit,
        audit_says=say.audit_says(content.audit),
        audit_table=say.audit_table(content.audit),
        identity=of.identity_table(content.identity),
        hashes=of.hash_table(content.identity),
        mark=say.mark,
    )


def _noted(record: Record, remark: Remark) -> Noted:
    anchor = next((b.anchor for b in record.blocks if b.key == remark.block), "")
    photos = tuple(
        (f"photo {remark.number}.{i}: {photo.name}, SHA-256 {photo.sha256}",
         *shown(record.folder, photo))
        for i, photo in enumerate(remark.photos, 1)
    )  # fmt: skip
    return Noted(remark, anchor, photos)


def _section(block: Block, seen: Seen) -> Section:
    panels, left_out = panels_of(block, seen.curves.values())
    picture = "" if seen.why else block_picture(block, panels, block.anchor)
    return Section(
        block,
        say.facts(block),
        say.step_rows(block, seen),
        picture,
        seen.why,
        ", ".join(left_out),
        any(curve.predicted.size for curve in panels),
    )


def _hukka() -> str:
    try:
        return version("hukka")
    except PackageNotFoundError:
        return "not installed"
