"""One peer on one wire: every case asked, every answer and memory compared by content."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "system"))
from free_ports import free_port
from interop_cases import OTHER_UNIT, UNIT, Step, Tables, cases
from interop_judge import Verdict, Wired, verdicts
from interop_ours import asked, bank_of, held, served
from interop_peers import IDENTITY as THEIR_IDENTITY
from interop_peers import Peer
from interop_program import Program
from interop_wire import serial_wire, tcp_wire

from hil.links.link import Link
from hil.links.rtu import RtuLink
from hil.links.rtu_server import RtuServer
from hil.links.serial_port import open_serial
from hil.links.tcp import TcpLink
from hil.links.tcp_server import TcpServer

BAUD = 19200
IDENTITY = {0: "hukka", 1: "matrix", 2: "1.0"}
FUNCTION_AT = {"tcp": 7, "rtu": 1}
"""Where a frame says its function."""


def their_client(peer: Peer, transport: str, folder: Path) -> Iterator[Verdict]:
    """The peer asks, our server answers."""
    tables, other, heard = Tables(1), Tables(2), list[tuple[str, bytes]]()
    banks = {UNIT: bank_of(tables, folder), OTHER_UNIT: bank_of(other, folder)}
    identity = {key: text.encode() for key, text in IDENTITY.items()}
    with ExitStack() as stack:
        if transport == "tcp":
            server = TcpServer("ours", banks, "127.0.0.1", 0, identity)
            port = stack.enter_context(tcp_wire(heard, server.port))
            where = ["tcp", "127.0.0.1", str(port)]
        else:
            theirs, ours = stack.enter_context(serial_wire(heard))
            server = RtuServer("ours", banks, open_serial(ours, BAUD, "N", 1), identity)
            where = ["rtu", theirs, str(BAUD)]
        stack.enter_context(served(server))
        program = stack.enter_context(Program([*peer.command("client"), *where], folder))

        def ask(step: Step) -> str:
            program.say(step.line)
            return program.hear()

        def memory() -> tuple[list[int], list[int]]:
            return held(banks[UNIT])

        todo = cases(tables, other, IDENTITY, ours=True, tcp=transport == "tcp")
        yield from verdicts(todo, tables, Wired(ask, memory, heard, FUNCTION_AT[transport]))


def their_server(peer: Peer, transport: str, folder: Path) -> Iterator[Verdict]:
    """Our client asks, the peer answers."""
    tables, heard = Tables(3), list[tuple[str, bytes]]()
    with ExitStack() as stack:
        link: Link
        if transport == "tcp":
            their_port = free_port()
            where = ["tcp", str(their_port)]
            port = stack.enter_context(tcp_wire(heard, their_port))
            link = TcpLink("ours", "127.0.0.1", port, timeout_s=1.0)
        else:
            ours, theirs = stack.enter_context(serial_wire(heard))
            where = ["rtu", theirs, str(BAUD)]
            link = RtuLink("ours", ours, BAUD, "N", timeout_s=1.0)
        stack.callback(link.close)
        program = stack.enter_context(Program([*peer.command("server"), *where], folder))
        for name in ("co", "di", "hr", "ir"):
            program.say(f"{name} {' '.join(map(str, getattr(tables, name)))}")
        program.say("serve")
        assert program.hear() == "ready"

        def memory() -> tuple[list[int], list[int]]:
            program.say("dump")
            coils, _, registers = program.hear().partition(" hr ")
            return [int(bit) for bit in coils.split()[1:]], [int(w) for w in registers.split()]

        todo = cases(tables, Tables(4), THEIR_IDENTITY, ours=False, tcp=transport == "tcp")
        wired = Wired(lambda step: asked(link, step), memory, heard, FUNCTION_AT[transport])
        yield from verdicts(todo, tables, wired, peer.server_lacks)


Talk = Callable[[Peer, str, Path], Iterator[Verdict]]
ROLES: Mapping[str, Talk] = {"client": their_client, "server": their_server}
