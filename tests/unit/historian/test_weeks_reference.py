"""The reference of the files is enough to read them: its program, run as it stands there."""

import contextlib
import io
import re
from pathlib import Path

import numpy as np
from weeks_plant import CHANNELS, EDGE, HOUR, every_second, fill, open_writer, seal_all

PAGE = Path(__file__).parents[3] / "docs" / "reference" / "historian.md"


def test_the_program_of_the_reference_reads_a_week(tmp_path, monkeypatch):
    folder = tmp_path / "weeks"
    with open_writer(folder) as writer:
        t_ns = every_second(EDGE - 4 * HOUR, 4 * 3600)
        values, _ = fill(writer, t_ns)
        seal_all(writer, EDGE + 3 * HOUR)
    (program,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    monkeypatch.chdir(folder)
    for j, channel in enumerate(CHANNELS[:4]):
        said, scope = io.StringIO(), {}
        text = program.replace(CHANNELS[0].key, channel.key)
        assert channel.key in text
        with contextlib.redirect_stdout(said):
            exec(text, scope)
        scope["db"].close()
        lines = [line.split() for line in said.getvalue().splitlines()]
        assert [int(t) for t, _ in lines] == t_ns[::3600].tolist()
        np.testing.assert_array_equal([float(v) for _, v in lines], values[::3600, j])
