"""A disk that takes no more of a run."""

from pathlib import Path

from hil.historian.run_folder import RecordingStopped


def stopped(path: Path, error: OSError) -> RecordingStopped:
    """What ends a run of which `path` cannot be written any more."""
    why = error.strerror or error
    text = f"{path}: cannot be written: {why}; what was written is kept, and --resume goes on"
    return RecordingStopped(text)
