"""Stands between a client and a broker, and cuts the line where a confirmation would come back."""

import selectors
import socket
import threading

PUBLISH, PUBACK = 3, 4


class CuttingProxy:
    """The first `cuts` PUBACKs of messages with rows end their connection instead, for `with`."""

    def __init__(self, port: int, cuts: int) -> None:
        self._target = ("127.0.0.1", port)
        self._cuts = cuts
        self.cut = 0
        self._server = socket.create_server(("127.0.0.1", 0))
        self.port = self._server.getsockname()[1]
        self._wake, self._woken = socket.socketpair()
        self._thread = threading.Thread(target=self._work)
        self._thread.start()

    def _work(self) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self._woken, selectors.EVENT_READ)
            selector.register(self._server, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj is self._woken:
                        return
                    client, _ = self._server.accept()
                    with client, socket.create_connection(self._target) as broker:
                        if not self._carry(client, broker):
                            return

    def _carry(self, client: socket.socket, broker: socket.socket) -> bool:
        """One connection to its end; False when the test is over."""
        with selectors.DefaultSelector() as selector:
            for end in (client, broker, self._woken):
                selector.register(end, selectors.EVENT_READ)
            rows_sent = False
            while True:
                for key, _ in selector.select():
                    if key.fileobj is self._woken:
                        return False
                    try:
                        data = key.fileobj.recv(1 << 16)
                        if not data:
                            return True
                        if key.fileobj is client:
                            rows_sent = rows_sent or b"/rows/" in data
                            broker.sendall(data)
                        elif rows_sent and self.cut < self._cuts and data[0] >> 4 == PUBACK:
                            self.cut += 1
                            return True
                        else:
                            client.sendall(data)
                    except OSError:
                        return True

    def __enter__(self) -> "CuttingProxy":
        return self

    def __exit__(self, *_: object) -> None:
        self._wake.send(b"x")
        self._thread.join()
        for end in (self._server, self._wake, self._woken):
            end.close()
