"""Real sockets in virtual time: a thread serves a controller while its master waits for it."""

import threading
from contextlib import ExitStack

from hil.bench.wiring import ControllerWiring
from hil.links.link import Link
from hil.links.server import Memory
from hil.links.tcp import TcpLink
from hil.links.tcp_server import TcpServer
from twin.clock import NS_PER_S, monotonic_ns

_TURN_NS = NS_PER_S // 20
HOST = "127.0.0.1"


class TcpInStep:
    """Modbus TCP over loopback; its virtual time stands still while a transaction is under way.

    Memories are touched by one side at a time: the thread serves only while the loop waits.
    """

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack

    def __call__(self, wiring: ControllerWiring, memory: Memory) -> Link:
        """A TCP link to `memory`, which is served until the stack ends."""
        server = TcpServer(wiring.name, {wiring.unit: memory}, HOST, 0)
        assert server.port is not None
        ended = threading.Event()

        def serve() -> None:
            while not ended.is_set():
                server.poll(monotonic_ns() + _TURN_NS)

        thread = threading.Thread(target=serve, name=f"serves {wiring.name}", daemon=True)
        link = TcpLink(wiring.name, HOST, server.port)
        self._stack.callback(server.close)
        self._stack.callback(thread.join)
        self._stack.callback(ended.set)
        self._stack.callback(link.close)
        thread.start()
        return link
