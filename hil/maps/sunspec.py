"""SunSpec models in the alliance's JSON form, laid over the registers of a device."""

from typing import Final

from hil.maps.draft import Findings
from hil.maps.structured import json_of
from hil.maps.write import cells_of
from twin.errors import BadInput
from twin.registers.sunspec import BASES, lay

FIRST_MODEL: Final = BASES[0] + 2
"""Address of the first model of a device that has its marker at 40000."""


def read_sunspec(findings: Findings, data: bytes, address: int | None, length: int | None) -> None:
    """Add the points of one definition, or of a list of them one behind another.

    `address` is that of the first model's id register, `length` what the device says of the last.

    Raises:
        BadInput: what a definition breaks, with its JSON pointer.
    """
    value = json_of(findings.file, data)
    pointer: str | None
    if isinstance(value, dict) and isinstance(value.get("models"), list):
        models, pointer = value["models"], "/models"
    else:
        models = value if isinstance(value, list) else [value]
        pointer = "" if isinstance(value, list) else None
    at = FIRST_MODEL if address is None else address
    if address is None:
        text = f"the first model is taken to begin at {at}; else say --address"
        findings.remark(findings.file, text)
    for i, model in enumerate(models):
        where = "" if pointer is None else f"{pointer}/{i}"
        last = i == len(models) - 1
        prefix = "" if len(models) == 1 else f"{_name(model, i)}."
        try:
            laid = lay(
                model, at, file=findings.file, pointer=where, prefix=prefix,
                length=length if last else None,
            )  # fmt: skip
        except RecursionError:
            raise BadInput(f"{findings.file}#{where}: nested too deeply") from None
        for remark in laid.remarks:
            findings.remark(f"{findings.file}#{remark.pointer}", remark.text)
        for point in laid.points:
            findings.add(
                f"{findings.file}#{where}", {**cells_of(point), "unit": laid.units.get(point.name)}
            )
        at += laid.registers


def _name(model: object, i: int) -> str:
    group = model.get("group") if isinstance(model, dict) else None
    name = group.get("name") if isinstance(group, dict) else None
    return name if isinstance(name, str) and name else f"model_{i + 1}"
