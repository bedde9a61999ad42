"""What fmpy's validation says of an FMU, without its grammar where a pattern will do."""

import re
import zipfile
from pathlib import Path

from fmpy import read_model_description
from fmpy.validation import validate_fmu

_PART = r"[A-Za-z_][A-Za-z_0-9]*(\[[0-9]+(,[0-9]+)*\])?"
PLAIN = re.compile(rf"({_PART})(\.{_PART})*|der\({_PART}(\.{_PART})*(,[0-9]+)?\)")
"""Names of variables that are legal by either naming convention; quoted ones are others."""


def problems_of(path: Path) -> list[str]:
    """What `validate_fmu` finds; empty for a sound FMU.

    fmpy parses each name with a grammar, 10 ms and more a variable. Where all names are plain
    that is left out; all that is not quickly seen to be sound is left to fmpy.
    """
    return [] if _plainly_sound(path) else [str(problem) for problem in validate_fmu(str(path))]


def _plainly_sound(path: Path) -> bool:
    try:
        with zipfile.ZipFile(path) as archive:
            if any("\\" in file.orig_filename for file in archive.filelist):
                return False
        about = read_model_description(str(path), validate=True, validate_model_structure=True)
    except Exception:  # whatever it is: validate_fmu says it again, in its words
        return False
    return all(PLAIN.fullmatch(variable.name) for variable in about.modelVariables)
