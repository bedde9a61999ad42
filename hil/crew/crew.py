"""The child processes of a run, seen from their parent: started, listened to, never left behind."""

import json
import os
import selectors
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from hil.crew.loss import loss
from twin.clock import monotonic_ns
from twin.errors import HukkaError

_GRACE_S = 3.0
_LOOK_S = 0.1


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
    log: Path
    partial: bytes = b""
    backlog: list[Event] = field(default_factory=list)
    lost: HukkaError | None = None
    """Why it is gone, once somebody has been told."""
    scratch: str = ""
    """Its folder for temporary files."""
    outbox: bytearray = field(default_factory=bytearray)

    def order(self, **fields: object) -> None:
        """Send an order; a child that is gone is noticed by its exit, not here."""
        assert self.process.stdin is not None
        with suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(fields).encode() + b"\n")
            self.process.stdin.flush()

    def post(self, **fields: object) -> None:
        """Send an order without ever waiting for a child that does not listen."""
        self.outbox += json.dumps(fields).encode() + b"\n"
        self.flush()

    def flush(self) -> None:
        """Send what it takes of what was posted."""
        assert self.process.stdin is not None
        if not self.outbox or self.process.stdin.closed:
            return
        handle = self.process.stdin.fileno()
        os.set_blocking(handle, False)
        try:
            while self.outbox:
                del self.outbox[: os.write(handle, self.outbox[: 1 << 16])]
        except BlockingIOError:
            return
        except BrokenPipeError:
            self.outbox.clear()


class Crew:
    """All children of one run; leaving the `with` block ends every one of them.

    Each child's stderr is a file of `log_folder`; `inherited` descriptors are open in all of them.
    """

    def __init__(self, log_folder: Path, inherited: Sequence[int] = ()) -> None:
        self._log_folder = log_folder
        self._inherited = tuple(inherited)
        self._selector = selectors.DefaultSelector()
        # what a child unpacks goes with the crew, even if an FMU has killed the child
        self._scratch = tempfile.mkdtemp(prefix="hukka-")
        self.children: dict[str, Child] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def start(self, name: str, module: str, config: Mapping[str, object]) -> Child:
        """Start `python -m module` as child `name` and hand it its configuration."""
        path = self._log_folder / f"{name}.log"
        with path.open("ab") as log:
            scratch = tempfile.mkdtemp(dir=self._scratch)
            process = subprocess.Popen(
                [sys.executable, "-m", module],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                process_group=0,  # a Ctrl-C in the terminal reaches the parent only
                pass_fds=self._inherited,
                env={**os.environ, "TMPDIR": scratch},
            )
        child = Child(name, process, path, scratch=scratch)
        self.children[name] = child
        assert process.stdout is not None
        os.set_blocking(process.stdout.fileno(), False)
        self._selector.register(process.stdout, selectors.EVENT_READ, child)
        child.order(**config)
        return child

    def next_event(self, timeout_s: float) -> Event | None:
        """The oldest event that nobody has had yet; None when there is none for `timeout_s` [s].

        One at a time: whoever stops listening leaves the rest to `expect`.

        Raises:
            HukkaError: a child failed or ended.
        """
        if not any(child.backlog for child in self.children.values()):
            self._hear(timeout_s)
        for child in self.children.values():
            if child.backlog:
                event = child.backlog.pop(0)
                if event.name in ("failed", "exit"):
                    raise _loss(child, event)
                return event
        return None

    def heard(self, timeout_s: float) -> list[Event]:
        """All that was said within `timeout_s` [s], ends of children too, and nothing raised."""
        if not any(child.backlog for child in self.children.values()):
            self._hear(timeout_s)
        events = []
        for child in self.children.values():
            events += child.backlog
            child.backlog = []
        return events

    def bury(self, child: Child) -> None:
        """Forget a child that has ended, and take away what it left."""
        for pipe in (child.process.stdin, child.process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        shutil.rmtree(child.scratch, ignore_errors=True)
        self.children.pop(child.name, None)

    def expect(
        self,
        child: Child,
        name: str,
        timeout_s: float,
        *,
        alone: bool = False,
        meanwhile: Callable[[], None] = lambda: None,
    ) -> Event:
        """Wait for event `name` of `child`; its others stay for `next_event`.

        `alone`: what happens to the others does not matter any more. `meanwhile` is called every
        0.1 s or more often, to raise what it finds.

        Raises:
            HukkaError: the child failed, ended or said nothing in time.
        """
        until = monotonic_ns() + int(timeout_s * 1e9)
        while (left := until - monotonic_ns()) > 0:
            for event in child.backlog:
                if event.name == name:
                    child.backlog.remove(event)
                    return event
            for other in [child] if alone else self.children.values():
                for event in _endings(other, awaited=other is child):
                    if other is child or other.lost is None:
                        raise _loss(other, event)
            if child.lost is not None:
                raise child.lost
            meanwhile()
            self._hear(min(left / 1e9, _LOOK_S))
        raise HukkaError(f"{child.name}: no {name!r} within {timeout_s:g} s; its log: {child.log}")

    def dismiss(self, child: Child) -> None:
        """End one child without asking."""
        child.process.kill()
        child.process.wait()

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
        shutil.rmtree(self._scratch, ignore_errors=True)

    @staticmethod
    def _insist(child: Child, until_ns: int) -> int:
        try:
            return child.process.wait(max(0.0, (until_ns - monotonic_ns()) / 1e9))
        except subprocess.TimeoutExpired:
            child.process.kill()
            return child.process.wait()

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
            code = self._insist(child, monotonic_ns() + int(_GRACE_S * 1e9))
            return [Event(child.name, "exit", {"code": code})]
        *lines, child.partial = (child.partial + chunk).split(b"\n")
        said = [json.loads(line) for line in lines if line]
        return [Event(child.name, fields.pop("event"), fields) for fields in said]


def _endings(child: Child, *, awaited: bool) -> Iterator[Event]:
    """Takes the child's bad ends out of its backlog; a good one is bad if more was awaited."""
    for event in list(child.backlog):
        if event.name == "failed" or (event.name == "exit" and (awaited or event.fields["code"])):
            child.backlog.remove(event)
            yield event


def _loss(child: Child, event: Event) -> HukkaError:
    """Why the child is gone: the first reason that was heard."""
    if child.lost is None:
        child.lost = loss(child.name, event.name, event.fields, child.log)
    return child.lost
