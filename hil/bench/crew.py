"""The child processes of a run, seen from their parent: started, listened to, never left behind."""

import json
import os
import selectors
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from twin.clock import monotonic_ns
from twin.errors import HukkaError

_GRACE_S = 3.0


@dataclass(frozen=True)
class Event:
    """What a child said, or `exit` with its code (negative: the signal that ended it)."""

    child: str
    name: str
    fields: Mapping[str, Any]


@dataclass
class Child:
    """One process and what it has written but not finished as a line."""

    name: str
    process: subprocess.Popen[bytes]
    partial: bytes = b""
    backlog: list[Event] = field(default_factory=list)

    def order(self, **fields: object) -> None:
        """Send an order; a child that is gone is noticed by its exit, not here."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(fields).encode() + b"\n")
            self.process.stdin.flush()


class Crew:
    """All children of one run; leaving the `with` block ends every one of them."""

    def __init__(self, log_folder: Path) -> None:
        self._log_folder = log_folder
        self._selector = selectors.DefaultSelector()
        self.children: dict[str, Child] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def start(self, name: str, module: str, config: Mapping[str, object]) -> Child:
        """Start `python -m module` as child `name` and hand it its configuration."""
        with (self._log_folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                process_group=0,  # a Ctrl-C in the terminal reaches the parent only
            )
        child = Child(name, process)
        self.children[name] = child
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        self._selector.register(process.stdout, selectors.EVENT_READ, child)
        child.order(**config)
        return child

    def next_event(self, timeout_s: float) -> Event | None:
        """The oldest event that nobody has had yet; None when there is none for `timeout_s` [s].

        One at a time: whoever stops listening leaves the rest to `expect`.
        """
        if not any(child.backlog for child in self.children.values()):
            self._hear(timeout_s)
        for child in self.children.values():
            if child.backlog:
                return child.backlog.pop(0)
        return None

    def expect(self, child: Child, name: str, timeout_s: float) -> Event:
        """Wait for event `name` of `child`; its others stay for `next_event`.

        Raises:
            HukkaError: the child failed, ended or said nothing in time.
        """
        until = monotonic_ns() + int(timeout_s * 1e9)
        while (left := until - monotonic_ns()) > 0:
            for event in list(child.backlog):
                if event.name == name:
                    child.backlog.remove(event)
                    return event
            for event in (e for c in self.children.values() for e in c.backlog):
                if event.name == "failed" or (
                    event.name == "exit" and (event.child == child.name or event.fields["code"])
                ):
                    raise failure(event)
            self._hear(left / 1e9)
        raise HukkaError(f"{child.name}: no {name!r} within {timeout_s:g} s")

    def end(self) -> None:
        """Ask every child to go (its orders end), then insist."""
        for child in self.children.values():
            if child.process.stdin is not None and not child.process.stdin.closed:
                with suppress(BrokenPipeError):
                    child.process.stdin.close()
        until = monotonic_ns() + int(_GRACE_S * 1e9)
        for child in self.children.values():
            self._insist(child, until)
            if child.process.stdout is not None:
                child.process.stdout.close()
        self._selector.close()
        self.children.clear()

    @staticmethod
    def _insist(child: Child, until_ns: int) -> None:
        try:
            child.process.wait(max(0.0, (until_ns - monotonic_ns()) / 1e9))
        except subprocess.TimeoutExpired:
            child.process.kill()
            child.process.wait()

    def _hear(self, timeout_s: float) -> None:
        for key, _ in self._selector.select(timeout_s):
            child: Child = key.data
            child.backlog += self._read(child)

    def _read(self, child: Child) -> list[Event]:
        assert child.process.stdout is not None
        chunk = child.process.stdout.read()
        if chunk is None:
            return []
        if not chunk:
            self._selector.unregister(child.process.stdout)
            return [Event(child.name, "exit", {"code": child.process.wait()})]
        *lines, child.partial = (child.partial + chunk).split(b"\n")
        said = [json.loads(line) for line in lines if line]
        return [Event(child.name, fields.pop("event"), fields) for fields in said]


def failure(event: Event) -> HukkaError:
    """The error that a `failed` or `exit` event means, ready to be raised."""
    from twin import errors

    if event.name == "failed":
        kind = getattr(errors, str(event.fields["kind"]), HukkaError)
        error: HukkaError = kind(str(event.fields["text"]))
        return error
    code = int(event.fields["code"])
    kind = errors.LinkLost if event.child.startswith(("controller", "link")) else errors.PlantLost
    if code < 0:
        ended = f"was ended by signal {-code} ({signal.Signals(-code).name})"
    else:
        ended = f"ended by itself with code {code}"
    lost: HukkaError = kind(f"{event.child} {ended}")
    return lost
