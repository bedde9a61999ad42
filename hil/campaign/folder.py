"""The out folder: what is finished is in it, whole or not at all; a campaign goes on from there."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hil.campaign.outcome import Outcome
from hil.campaign.work import Commissioned
from twin.errors import BadInput, refuse

CAMPAIGN = "campaign.json"
OTHER_CODE = "the code is another: sources of hukka have changed since; take a new folder"
CODE_NOT_SAID = "which code its runs are of is not said there; take a new folder"
"""Of folders that are older than the hash of the code."""


class Folder:
    """Files of one campaign."""

    def __init__(self, path: Path, identity: Mapping[str, Any]) -> None:
        """Make the folder, or take that of the same campaign.

        Raises:
            BadInput: it holds something else, or the folder of another campaign.
        """
        self.path = path
        told = json.loads(json.dumps(identity, sort_keys=True))
        kept = path / CAMPAIGN
        try:
            for name in ("plants", "runs"):
                (path / name).mkdir(parents=True, exist_ok=kept.exists())
            found = json.loads(kept.read_text("utf-8")) if kept.exists() else None
        except FileExistsError:
            raise refuse("--out", str(path), f"is not empty and has no {CAMPAIGN}") from None
        except (OSError, ValueError) as error:
            raise BadInput(f"--out {path}: {getattr(error, 'strerror', None) or error}") from None
        if found is None:
            self._put(kept, json.dumps(told, indent=1, sort_keys=True).encode())
        elif found != told:
            raise BadInput(f"--out {path}: holds another campaign: {_difference(found, told)}")

    def commissioned(self, plant: str) -> Commissioned | None:
        """What was learned of a plant before, or None."""
        try:
            learned = (self.path / "plants" / f"{plant}.learned").read_bytes()
            about = json.loads((self.path / "plants" / f"{plant}.json").read_text("utf-8"))
        except FileNotFoundError:
            return None
        return Commissioned(learned, about["margins"], about["days"])

    def keep_commissioned(self, plant: str, told: Mapping[str, Any], done: Commissioned) -> None:
        """Keep what was learned; the description comes last, so that it vouches for the numbers."""
        about = {"plant": told, "margins": done.margins, "days": done.days}
        self._put(self.path / "plants" / f"{plant}.learned", done.learned)
        text = json.dumps(about, indent=1, sort_keys=True)
        self._put(self.path / "plants" / f"{plant}.json", text.encode())

    def outcome(self, key: str) -> Outcome | None:
        """A finished run, or None; one that failed is run again."""
        try:
            found = Outcome.of((self.path / "runs" / f"{key}.json").read_text("utf-8"))
        except FileNotFoundError:
            return None
        return found if found.error is None else None

    def keep_outcome(self, outcome: Outcome) -> None:
        """One JSON line."""
        path = self.path / "runs" / f"{outcome.scenario.key}.json"
        self._put(path, outcome.line().encode() + b"\n")

    def keep_report(self, name: str, text: str) -> None:
        """A file of the report."""
        self._put(self.path / name, text.encode())

    def _put(self, path: Path, data: bytes) -> None:
        beside = path.with_name(f".{path.name}.new")
        try:
            with beside.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except OSError as error:
            raise BadInput(f"{path}: {error.strerror or error}") from None


def _difference(found: Any, told: Mapping[str, Any]) -> str:  # noqa: ANN401 - whatever lies there
    if not isinstance(found, dict):
        return f"{CAMPAIGN} is no mapping"
    if "code" in told and "code" not in found:
        return CODE_NOT_SAID
    # the code comes last: a version or a seed that differs says more than that
    for key in sorted({*found, *told}, key=lambda key: (key == "code", key)):
        there, here = found.get(key), told.get(key)
        if there == here:
            continue
        if key == "code":
            return OTHER_CODE
        if isinstance(there, dict) and isinstance(here, dict):
            return f"{key}: {_difference(there, here)}"
        return f"{key} is {_short(there)} there, {_short(here)} here"
    return "unknown"


def _short(value: object) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."
