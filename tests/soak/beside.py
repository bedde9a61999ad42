"""Two commands at once: one in the open, and beside it one that writes into a file.

    python tests/soak/beside.py LOG 'COMMAND BESIDE' -- COMMAND ...

When both are over, the file is shown; the exit code is that of the command in the open, or of the
other where that alone failed. Ctrl-C and SIGTERM end both.
"""

import os
import shlex
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

ASKED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(log: Path, beside: list[str], command: list[str]) -> int:
    """Exit code of both."""
    log.parent.mkdir(parents=True, exist_ok=True)
    started: list[subprocess.Popen[bytes]] = []

    def end(*_: object) -> None:
        """Once to each: a program that is asked again while it tidies up leaves things behind."""
        for process in started:
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGINT)

    for number in ASKED:
        signal.signal(number, end)
    with log.open("wb") as file:
        # groups of their own: Ctrl-C in the terminal reaches this process only, which hands it on
        started.append(
            subprocess.Popen(
                beside, stdin=subprocess.DEVNULL, stdout=file, stderr=file, process_group=0
            )
        )
        started.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, process_group=0))
        code = started[1].wait()
        if started[0].poll() is None:
            print(f"waiting for what runs beside; it writes {log}", flush=True)
        other = started[0].wait()
    print(log.read_text("utf-8", "replace"), end="", flush=True)
    return code or other


def main() -> None:
    """As the module says."""
    log, beside, dashes, *command = sys.argv[1:]
    assert dashes == "--", __doc__
    code = run(Path(log), shlex.split(beside), command)
    sys.exit(code if code >= 0 else 128 - code)


if __name__ == "__main__":
    main()
