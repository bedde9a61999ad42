"""`python -m hil.pytest_plugin.serving FD`: a warmed-up rig, and a copy of it for every test.

The process of pytest talks to it over a socket. A test's copy is a fork that holds whatever memory
FMUs have; this process waits until it is gone and says so if it went in another way than asked.
"""

import importlib
import json
import os
import sys
import traceback
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from firmware_sim import make_controller
from hil.bench.hosted import Play
from hil.bench.shut_in import shut_in
from hil.cli.bench import data_folder, nanoseconds
from hil.cli.commission_options import boundary_book
from hil.commissioning.book import identity
from hil.commissioning.points import PointBook
from hil.commissioning.record import BlockRecord
from hil.commissioning.rig import Rig, RigOptions
from hil.gate.audit import user_name
from hil.loop.priority import die_with_parent
from hil.pytest_plugin.desk import Desk, connect, controller_of
from hil.pytest_plugin.evidence import keep_blocks
from hil.pytest_plugin.procedures import run_procedure
from hil.pytest_plugin.stand import BAD, GONE, LOST, OK, TOLD
from hil.pytest_plugin.wanted import Wanted
from twin.confine import Left, no_more_copies
from twin.errors import BadInput, HukkaError, refuse
from twin.site import load_site


def main() -> None:
    """Warm up, then serve one test after the other until nobody asks any more."""
    die_with_parent()
    wire = Connection(int(sys.argv[1]))
    with suppress(EOFError, BrokenPipeError, ConnectionResetError), ExitStack() as stack:
        try:
            wanted = Wanted(**wire.recv())
            confined, rig, book = _warm(wanted, stack)
            _say(wire, OK, {**_facts(rig), "confined": confined})
        except HukkaError as error:
            _say(wire, BAD if isinstance(error, BadInput) else LOST, str(error))
            return
        except Exception:
            _say(wire, LOST, traceback.format_exc())
            return
        while True:
            verb, what = wire.recv()
            if verb == "begin":  # else a copy died before it read this
                _one_test(wire, rig, book, wanted, what)


def _say(wire: Connection, kind: str, what: Any) -> None:  # noqa: ANN401 - JSON
    wire.send_bytes(json.dumps((kind, what)).encode())


def _warm(wanted: Wanted, stack: ExitStack) -> tuple[str, Rig, PointBook]:
    site = load_site(wanted.site)
    period_ns = nanoseconds("--hukka-cycle", wanted.cycle, least_ns=10_000_000)
    warmup_ns = nanoseconds("--hukka-warmup", wanted.warmup, least_ns=0)
    options = RigOptions(period_ns, warmup_ns, wanted.seed, data_folder())
    play, book = _player(wanted), boundary_book(site)
    os.environ["LOGNAME"] = user_name()  # the gate says who writes, from a file that is shut
    left = Left(internet="tcp" in wanted.transports, copies=True)
    read, write = [options.data, *wanted.path], [Path(wanted.folder)]
    confined = shut_in(site, wanted.unconfined or None, read, write, left)
    rig = Rig(site, options, stack, play)
    rig.warm_up()
    return confined, rig, book


def _player(wanted: Wanted) -> Play:
    if not wanted.play:
        return make_controller
    sys.path[:0] = wanted.path
    module, _, name = wanted.play.partition(":")
    try:
        found: Play = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise refuse("--hukka-play", wanted.play, f"must be MODULE:FUNCTION; {error}") from None
    return found


def _facts(rig: Rig) -> dict[str, Any]:
    told = identity(rig.site, (), {})
    return {key: told[key] for key in ("site", "site_sha256", "fmus", "hukka")}


@dataclass
class _Test:
    """One test: its copy of the rig, which is connected when something is asked of it."""

    wire: Connection
    rig: Rig
    book: PointBook
    wanted: Wanted
    transport: str
    folder: Path
    reason: str
    desk: Desk | None = None
    blocks: list[BlockRecord] = field(default_factory=list)

    def answer(self, stack: ExitStack, verb: str, what: dict[str, Any]) -> Any:  # noqa: ANN401
        """What is asked for, by the name of a method of the desk or of this."""
        match verb:
            case "controller":
                return controller_of(self.book, **what)
            case "procedure":
                return self._procedure(**what)
            case "keep" if self.desk is None:
                return keep_blocks(self.blocks)
            case "end":
                return self._end()
        if self.desk is None:
            connect(self.rig, self.transport, self.wanted.line_faults, stack)
            no_more_copies()
            self.desk = Desk(self.rig, self.book, self.folder, self.reason, self.tell)
        return getattr(self.desk, verb)(**what)

    def _procedure(self, name: str) -> list[dict[str, Any]]:
        if self.desk is not None:
            rule = "begins with the plant in normal operation: run it before anything else"
            raise refuse("procedure", name, rule)
        self.blocks += run_procedure(
            self.rig, self.book, self.folder, name,
            lambda s: connect(self.rig, self.transport, self.wanted.line_faults, s), self.tell,
        )  # fmt: skip
        return [block.plain() for block in self.blocks]

    def _end(self) -> dict[str, Any]:
        told: dict[str, Any] = {"lasted_s": 0.0, "writes": 0, "left": ""}
        if self.desk is not None:
            told = self.desk.end()
        told["lasted_s"] += sum(block.lasted_s for block in self.blocks)
        told["writes"] += sum(block.writes for block in self.blocks)
        return told

    def tell(self, t_s: float) -> None:
        _say(self.wire, TOLD, t_s)


def _one_test(
    wire: Connection, rig: Rig, book: PointBook, wanted: Wanted, told: dict[str, Any]
) -> None:
    child = os.fork()
    if not child:
        code = 1
        try:
            die_with_parent()
            with ExitStack() as stack:
                _serve(_Test(wire, rig, book, wanted, **told), stack)
            code = 0
        except Exception:
            traceback.print_exc()
        finally:
            sys.stderr.flush()
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        _say(wire, GONE, f"its process ended by signal {os.WTERMSIG(status)}")
    elif status:
        _say(wire, GONE, "its process ended without a word")


def _serve(test: _Test, stack: ExitStack) -> None:
    """Answer what is asked until the test's end, or until nobody asks any more."""
    wire = test.wire
    _say(wire, OK, os.getpid())
    while True:
        try:
            verb, what = wire.recv()
        except EOFError:
            verb, what = "end", {}
        answer: tuple[str, Any]
        try:
            answer = OK, test.answer(stack, verb, what)
        except HukkaError as error:
            answer = BAD if error.exit_code == BadInput.exit_code else LOST, str(error)
        except Exception:
            answer = LOST, traceback.format_exc()
        with suppress(BrokenPipeError, ConnectionResetError):
            _say(wire, *answer)
        if verb == "end":
            return


if __name__ == "__main__":
    main()
