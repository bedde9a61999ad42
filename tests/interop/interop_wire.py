"""Wires between a peer and us that keep what went over them."""

import os
import pty
import selectors
import socket
import threading
import tty
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

Heard = list[tuple[str, bytes]]
"""What went over a wire: by whom (`master` or `server`), and the bytes."""


class _Relay:
    """A thread that carries bytes between pairs of descriptors until it is stopped."""

    def __init__(self, heard: Heard) -> None:
        self._heard = heard
        self._selector = selectors.DefaultSelector()
        self._wake, self._stop = os.pipe()
        self._selector.register(self._wake, selectors.EVENT_READ, None)
        self._owned: list[socket.socket] = []
        self._thread = threading.Thread(target=self._run)

    def join(self, master: int, server: int) -> None:
        """Carry between the two descriptors."""
        self._selector.register(master, selectors.EVENT_READ, ("master", server))
        self._selector.register(server, selectors.EVENT_READ, ("server", master))

    def door(self, listener: socket.socket, connect: Callable[[], socket.socket]) -> None:
        """Carry between whoever comes to `listener` and a connection of its own."""
        self._owned.append(listener)
        self._selector.register(listener, selectors.EVENT_READ, (listener, connect))

    def __enter__(self) -> "_Relay":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        os.write(self._stop, b"x")
        self._thread.join()
        self._selector.close()
        for end in self._owned:
            end.close()
        os.close(self._wake)
        os.close(self._stop)

    def _run(self) -> None:
        while True:
            for key, _ in self._selector.select():
                if key.data is None:
                    return
                speaker, onward = key.data
                if isinstance(speaker, socket.socket):
                    self._admit(speaker, onward)
                elif key.fd in self._selector.get_map():
                    self._carry(key.fd, speaker, onward)

    def _admit(self, listener: socket.socket, connect: Callable[[], socket.socket]) -> None:
        ends = listener.accept()[0], connect()
        for end in ends:
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._owned += ends
        self.join(ends[0].fileno(), ends[1].fileno())

    def _carry(self, source: int, speaker: str, onward: int) -> None:
        try:
            data = os.read(source, 65536)
            if data:
                self._heard.append((speaker, data))
                os.write(onward, data)
        except OSError:
            data = b""
        if not data:
            for descriptor in (source, onward):
                self._selector.unregister(descriptor)
                for end in self._owned:
                    if end.fileno() == descriptor:
                        with suppress(OSError):  # whoever is there sees the end of it
                            end.shutdown(socket.SHUT_RDWR)


@contextmanager
def serial_wire(heard: Heard) -> Iterator[tuple[str, str]]:
    """A line between two ptys; gives the path for the master and the one for the server."""
    with ExitStack() as stack:
        ends, paths = [], []
        for _ in range(2):
            end, slave = pty.openpty()
            tty.setraw(slave)
            stack.callback(os.close, end)
            stack.callback(os.close, slave)
            ends.append(end)
            paths.append(os.ttyname(slave))
        relay = _Relay(heard)
        relay.join(*ends)
        stack.enter_context(relay)
        yield paths[0], paths[1]


@contextmanager
def tcp_wire(heard: Heard, server_port: int) -> Iterator[int]:
    """A port that leads to `server_port` of this machine."""
    listener = socket.create_server(("127.0.0.1", 0))
    relay = _Relay(heard)
    relay.door(listener, lambda: socket.create_connection(("127.0.0.1", server_port)))
    with relay:
        yield listener.getsockname()[1]
