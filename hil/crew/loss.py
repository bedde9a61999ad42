"""What it means for a run when one of its processes fails or ends."""

import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hil.historian import RecordingStopped
from twin import errors
from twin.errors import HukkaError

_KINDS: dict[str, type[HukkaError]] = {
    "BadInput": errors.BadInput,
    "JudgementFailed": errors.JudgementFailed,
    "LinkLost": errors.LinkLost,
    "PlantLost": errors.PlantLost,
    "RecordingStopped": RecordingStopped,
}


def loss(child: str, event: str, fields: Mapping[str, Any], log: Path) -> HukkaError:
    """The error that a `failed` or `exit` event of a child means, ready to be raised."""
    if event == "failed":
        for name in fields["kinds"]:
            if name in _KINDS:
                return _KINDS[name](str(fields["text"]))
        return HukkaError(f"{child}: {fields['text']}; its log: {log}")
    code = int(fields["code"])
    if code < 0:
        name = next((f" ({s.name})" for s in signal.Signals if s == -code), "")
        return _kind_by_role(child)(f"{child} was ended by signal {-code}{name}")
    return _kind_by_role(child)(f"{child} ended by itself with code {code}; its log: {log}")


def _kind_by_role(child: str) -> type[HukkaError]:
    match child.partition(" ")[0]:
        case "controller" | "link":
            return errors.LinkLost
        case "watch":
            return RecordingStopped
        case _:
            return errors.PlantLost
