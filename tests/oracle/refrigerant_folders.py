"""The refrigerant cycle in Modelica with another refrigerant than the one beside it."""

import json
from pathlib import Path
from shutil import copy

import fmus
from fmus.heat_pump.refrigerant_tables import modelica

FOLDER = Path(fmus.__file__).parent / "heat_pump"


def cycle_folder(refrigerant: str, folder: Path) -> Path:
    """`folder`, with the cycle and the tables of `refrigerant` written into it."""
    copy(FOLDER / "cycle" / "HeatPumpCycle.mo", folder)
    made = json.loads((FOLDER / "tables" / f"{refrigerant}.json").read_text(encoding="utf-8"))
    (folder / "Tables.mo").write_text(modelica(made), encoding="utf-8")
    return folder
