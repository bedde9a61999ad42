"""Somebody at a terminal: what was typed before a question is no answer to it."""

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="a pseudo terminal")

ASKS_TWICE = """\
from hil.commissioning.operator import AtTerminal
somebody = AtTerminal("Aino")
print([somebody.ask("Off?"), somebody.ask("On?")])
"""


def heard(process, text):
    """Read what is asked up to `text`."""
    said = b""
    while not said.endswith(text):
        said += os.read(process.stderr.fileno(), 1)


def test_a_second_enter_does_not_answer_the_next_question():
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", ASKS_TWICE], stdin=theirs, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        heard(process, b"Off? ")
        os.write(ours, b"y\ny\n")
        heard(process, b"On? ")
        os.write(ours, b"n it is stuck\n")
        assert process.communicate(timeout=20)[0] == b"['y', 'n it is stuck']\n"
    finally:
        process.kill()
        os.close(ours)
        os.close(theirs)
