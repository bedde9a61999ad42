"""Where a gate keeps journal and audit log, unless somebody says otherwise."""

import os
from pathlib import Path


def default_folder() -> Path:
    """One folder for every plant that this user writes to: what was left behind is always found.

    `HUKKA_GATE` names another; without it `hukka/gate` where the system keeps state of programs.
    """
    if named := os.environ.get("HUKKA_GATE"):
        return Path(named)
    if os.name == "nt":
        base = os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local"
    else:
        base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "hukka" / "gate"
