"""Ports that a server will take later, though other tests run beside this one."""

import os
import socket
from contextlib import closing

# Below what systems hand out by themselves (from 32768 on, or 49152), and other ones for each
# process that runs tests: so nobody else is given a port between the asking and the listening.
FIRST, PROCESSES, EACH = 20_000, 24, 500
_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % PROCESSES
_given = os.getpid()


def beside_a_suite() -> None:
    """Ports of this process are from now on none that the processes of a suite are given."""
    global _worker
    _worker = PROCESSES - 1


def free_port() -> int:
    """A port of this machine that nobody listens on and nobody else will be given."""
    global _given
    for _ in range(EACH):
        _given += 1
        port = FIRST + EACH * _worker + _given % EACH
        try:
            with closing(socket.create_server(("127.0.0.1", port))):
                return port
        except OSError:  # somebody else's after all
            continue
    raise OSError(f"no free port from {FIRST + EACH * _worker} on")
