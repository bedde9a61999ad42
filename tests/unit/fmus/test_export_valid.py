"""The quick look at an FMU says what fmpy's own validation says."""

import shutil
from pathlib import Path
from zipfile import ZipFile

import pytest
from export_models import built
from fmpy.validation import validate_fmu
from hypothesis import given, settings
from hypothesis import strategies as st
from lark import Lark
from lark.exceptions import LarkError

from fmus.export.valid import PLAIN, problems_of

STANDARD = Lark(
    r"""
    name: identifier | "der(" identifier ("," NUMBER)? ")"
    identifier: BNAME indices? ("." BNAME indices?)*
    indices: "[" NUMBER ("," NUMBER)* "]"
    BNAME: /[_a-zA-Z][_a-zA-Z0-9]*/
    NUMBER: /[0-9]+/
    """,
    start="name",
)
"""Structured names of FMI 2.0, 2.2.9, without quoted ones."""


def is_standard(name: str) -> bool:
    try:
        STANDARD.parse(name)
    except LarkError:
        return False
    return True


@settings(max_examples=300)
@given(st.text("ad_.,()[]0 'der-", max_size=12))
def test_a_name_is_plain_just_where_the_standard_says_so(name: str) -> None:
    assert bool(PLAIN.fullmatch(name)) == is_standard(name)


@pytest.mark.parametrize(
    "name",
    ["a", "a.b[1,20].c_3", "der(a.b[2])", "der(a,2)", "a.", "1a", "a[]", "a[1]b", "ä", "a\n"],
)
def test_names_that_decide(name: str) -> None:
    assert bool(PLAIN.fullmatch(name)) == is_standard(name)


def renamed(path: Path, folder: Path, new: str) -> Path:
    """The FMU with another name for its output `T_out`."""
    made = folder / "renamed.fmu"
    with ZipFile(path) as old, ZipFile(made, "w") as archive:
        for entry in old.namelist():
            data = old.read(entry)
            if entry == "modelDescription.xml":
                assert b'name="T_out"' in data
                data = data.replace(b'name="T_out"', f'name="{new}"'.encode())
            archive.writestr(entry, data)
    return made


@pytest.mark.parametrize("version", ["2.0", "3.0"])
@pytest.mark.parametrize(
    ("new", "words"),
    [("T out", "is not a legal variable name"), ("Q", "not unique"), ("'T out'", "")],
)
def test_what_is_wrong_is_said_in_fmpys_words(
    version: str, new: str, words: str, tmp_path: Path
) -> None:
    made = renamed(built("Driven", version), tmp_path, new)
    said = problems_of(made)
    assert said == validate_fmu(str(made))
    assert words in " ".join(said)
    assert bool(said) == bool(words)


def test_a_sound_one_and_a_backslash(tmp_path: Path) -> None:
    made = Path(shutil.copy(built("Driven", "3.0"), tmp_path))
    assert problems_of(made) == []
    with ZipFile(made, "a") as archive:
        archive.writestr("resources\\a.txt", "")
    assert problems_of(made) == validate_fmu(str(made))
