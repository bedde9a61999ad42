"""A TCP address that is served: opened, or refused with its name."""

import errno
import os
import socket

from twin.clock import NS_PER_S
from twin.errors import BadInput

SHUT_NS = NS_PER_S // 10
"""How long nobody is let in after there was no room: who waits is asked for at once [ns]."""
_NO_ROOM = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


def listen(name: str, host: str, port: int, backlog: int, send_buffer: int) -> socket.socket:
    """A non-blocking listener whose connections buffer `send_buffer` bytes that nobody reads.

    Raises:
        BadInput: the address is in use, or not one of this machine.
    """
    place = f"{host}:{port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
    except OSError as error:
        raise BadInput(f"{name}: {place}: {error.strerror or error}") from None
    try:
        if os.name == "posix":  # elsewhere it would let two programs share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_buffer)  # clients inherit
        listener.bind(address)
        listener.listen(backlog)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            raise BadInput(f"{name}: port {place} is in use by another program") from None
        raise BadInput(f"{name}: cannot serve on {place}: {error.strerror or error}") from None
    listener.setblocking(False)
    return listener


def accept(listener: socket.socket) -> tuple[socket.socket, str] | None:
    """The next client, non-blocking, and its address; None if it left before its turn.

    Raises:
        OSError: this process or machine can have no more connections; the client still waits.
    """
    try:
        connection, address = listener.accept()
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise
        return None
    connection.setblocking(False)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection, str(address[0])
