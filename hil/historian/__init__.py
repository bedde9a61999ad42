"""The record of a run: a folder with `run.json` (what ran) and `run.sqlite` (what happened)."""

from hil.historian.columns import Alarm, Column, Event
from hil.historian.header import RunHeader, Status, abandon
from hil.historian.reader import Run, open_run
from hil.historian.run_folder import RecordingStopped, RunRecorder, default_folder
from hil.historian.trace import TraceHash

__all__ = [
    "Alarm",
    "Column",
    "Event",
    "RecordingStopped",
    "Run",
    "RunHeader",
    "RunRecorder",
    "Status",
    "TraceHash",
    "abandon",
    "default_folder",
    "open_run",
]
