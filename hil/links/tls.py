"""The asking end of Modbus/TCP Security: Modbus TCP inside TLS, both ends with a certificate."""

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress

from hil.links.tcp import TcpLink
from hil.links.tls_identity import PORT, ROLE_OID, TlsFiles, client_context, explain, own_role
from twin.clock import NS_PER_S
from twin.errors import BadInput

_MOST_STRAY = 65_536
"""Bytes nobody asked for, after which only a new connection is in step."""


class TlsLink(TcpLink):
    """A `TcpLink` whose peer proves that it is `server_name` (None: `host`), and who we are.

    `role` is the role in our certificate, by which the server decides what we may do. Without
    one a server that keeps to the specification refuses everything with exception 01, so it is
    refused here, unless `role_needed` is false.

    Raises:
        BadInput: a file is missing, is not what it should be, has expired, or has no role.
    """

    def __init__(
        self,
        name: str,
        host: str,
        files: TlsFiles,
        port: int = PORT,
        timeout_s: float = 0.5,
        connect_timeout_s: float = 2.0,
        *,
        server_name: str | None = None,
        role_needed: bool = True,
    ) -> None:
        super().__init__(name, host, port, timeout_s, connect_timeout_s)
        self._context = client_context(files)
        self._server_name = server_name or host
        self.role = own_role(files)
        if self.role is None and role_needed:
            advice = "for a device that asks for none: role=none"
            raise BadInput(f"{files.cert}: has no Modbus role (extension {ROLE_OID}); {advice}")

    def _dial(self) -> socket.socket:
        connection = super()._dial()
        connection.settimeout(self._connect_timeout_s)  # a handshake goes to and fro
        try:
            secured = self._context.wrap_socket(connection, server_hostname=self._server_name)
        except OSError:
            connection.close()
            raise
        secured.settimeout(self._timeout_ns / NS_PER_S)
        self._readable = _always(secured)
        return secured

    def _explain(self, error: OSError) -> str:
        why = explain(self._last_word() or error)
        return f"{why}, not {self._server_name!r}" if " for another " in why else why

    def _last_word(self) -> ssl.SSLError | None:
        """The alert with which a server left that took the handshake and not our certificate."""
        if self._socket is not None:
            with suppress(OSError):
                self._socket.settimeout(0)
                try:
                    self._socket.recv(1)
                except (ssl.SSLWantReadError, ssl.SSLWantWriteError, ssl.SSLEOFError):
                    return None
                except ssl.SSLError as alert:
                    return alert
        return None

    def _hung_up(self, connection: socket.socket) -> bool:
        # TLS has no peeking: what came without being asked for is kept, to be dropped by its id
        connection.settimeout(0)
        try:
            while chunk := connection.recv(4096):
                self._received += chunk
                if len(self._received) > _MOST_STRAY:
                    return True
        except (ssl.SSLWantReadError, BlockingIOError):
            connection.settimeout(self._timeout_ns / NS_PER_S)
            return False
        except OSError:
            return True
        return True


def _always(connection: ssl.SSLSocket) -> Callable[[float], bool]:
    """Reading itself waits: what has come may lie decrypted here, or be nothing for us."""

    def readable(left_ms: float) -> bool:
        connection.settimeout(left_ms / 1000)
        return True

    return readable
