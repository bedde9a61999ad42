"""The C code is free of warnings in each of the forms that models give it."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from export_models import branches, thermostat

import fmus.export.chunks
import fmus.export.codegen
import fmus.export.functions
from fmus.equations import Model
from fmus.export.codegen import generate
from fmus.export.package import source_names, sources
from fmus.pipe import plug

FORMS: dict[str, Callable[[], Model]] = {
    "events": thermostat,
    "algebra": branches,
    "sharp pipe": plug.build,
    "in pieces": branches,
}
FLAGS = "-std=c99 -O1 -Wall -Wextra -Werror -Wno-unused-parameter -Wno-unused-function -c"


@pytest.mark.skipif(shutil.which("gcc") is None, reason="no gcc here")
@pytest.mark.parametrize("form", FORMS)
def test_compiles_without_a_warning(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if form == "in pieces":
        monkeypatch.setattr(fmus.export.functions, "LARGEST_UNROLLED", 0)
        monkeypatch.setattr(fmus.export.chunks, "LONGEST", 7)
        monkeypatch.setattr(fmus.export.chunks, "PIECE", 7)
        monkeypatch.setattr(fmus.export.codegen, "LONGEST", 7)
    code = generate(FORMS[form]())
    for name, text in sources(code).items():
        (tmp_path / name).write_text(text, "utf-8")
    command = ["gcc", *FLAGS.split(), *source_names(code)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
