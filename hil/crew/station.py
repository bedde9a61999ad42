"""A child process of a run, seen from inside: orders come in on stdin, events go out on stdout.

Both are lines of JSON, so any child can be started by hand and talked to.
"""

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping
from typing import Any

from hil.links.ready import ready
from hil.loop.priority import die_with_parent
from twin.errors import HukkaError


class Station:
    """The child's end of its two pipes. `config` is the first order."""

    def __init__(self) -> None:
        self._orders = os.fdopen(os.dup(0), "rb", buffering=0)
        self._events = os.dup(1)
        os.dup2(2, 1)  # whatever else prints (an FMU, a library) goes to the log
        self._pending = b""
        self.config: Mapping[str, Any] = self.order()

    def order(self) -> Mapping[str, Any]:
        """Wait for the next order; SystemExit when there will be none."""
        while b"\n" not in self._pending:
            more = self._orders.read(1 << 16)
            if not more:
                raise SystemExit(0)
            self._pending += more
        line, self._pending = self._pending.split(b"\n", 1)
        order: Mapping[str, Any] = json.loads(line)
        return order

    def start_ns(self) -> int:
        """Wait for the order that says when time zero is [ns]; SystemExit if it is to stop."""
        order = self.order()
        if "start_ns" not in order:
            raise SystemExit(0)
        return int(order["start_ns"])

    def emit(self, event: str, **fields: object) -> None:
        """Tell the parent; a parent that is gone ends this process."""
        line = json.dumps({"event": event, **fields}, separators=(",", ":"))
        try:
            os.write(self._events, line.encode() + b"\n")
        except BrokenPipeError:
            raise SystemExit(0) from None

    def wait(self, until_ns: int) -> bool:
        """Wait to `until_ns` on the monotonic clock [ns]; True as soon as there is an order."""
        if b"\n" in self._pending:
            return True
        return bool(ready((self._orders.fileno(),), until_ns))

    def ordered(self) -> bool:
        """Whether an order (or the end of all orders) is waiting; costs one system call."""
        return b"\n" in self._pending or bool(ready((self._orders.fileno(),), 0))


def run_station(work: Callable[[Station], None]) -> None:
    """Run `work` as this process: a HukkaError becomes a `failed` event and its exit code."""
    die_with_parent()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to handle
    station = Station()
    try:
        work(station)
    except HukkaError as error:
        station.emit("failed", kinds=[c.__name__ for c in type(error).__mro__], text=str(error))
        sys.exit(error.exit_code)
    except Exception as error:
        # the last door of the process: the parent tells the user, the traceback goes to the log
        traceback.print_exc()
        station.emit("failed", kinds=[], text=f"{type(error).__name__}: {error}")
        sys.exit(1)
