"""A device behind TLS or a gateway, in a process of its own: `io_server.py KIND MAP [CA CERT KEY]`.

KIND is tls or rtutcp. Prints its port, serves unit 1 until its standard input ends.
"""

import os
import subprocess
import sys
import threading
from contextlib import contextmanager
from pathlib import Path

from hil.io.serve import bank_of, identity_of
from hil.links.roles import RoleRules
from hil.links.rtu_server import RtuServer
from hil.links.socket_port import ListeningPort
from hil.links.tls_identity import TlsFiles
from hil.links.tls_server import TlsServer
from twin.clock import monotonic_ns
from twin.registers import load_map

ROOT = Path(__file__).parents[2]
ROLES = {"Operator": "write", "Viewer": "read"}


@contextmanager
def served_apart(kind: str, register_map: Path, files: TlsFiles | None = None):
    """The port of a server process that lives as long as the block."""
    pem = () if files is None else (files.ca, files.cert, files.key)
    server = subprocess.Popen(
        [sys.executable, __file__, kind, *map(str, (register_map, *pem))],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield int(server.stdout.readline())
    finally:
        server.communicate(timeout=30)


def main() -> None:
    """Serve."""
    kind, file, *pem = sys.argv[1:]
    register_map = load_map(Path(file))
    memories = {1: bank_of(register_map, ())}
    identity = identity_of(register_map)
    if kind == "tls":
        ca, certificate, key = map(Path, pem)
        files, rules = TlsFiles(certificate, key, ca), RoleRules.of_words(ROLES)
        server = TlsServer("desk", memories, "127.0.0.1", 0, files, rules, identity)
        port = server.port
    else:
        listening = ListeningPort("desk", "127.0.0.1", 0)
        server, port = RtuServer("desk", memories, listening, identity), listening.port
    print(port, flush=True)
    threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
    while True:
        server.poll(monotonic_ns() + 100_000_000)


if __name__ == "__main__":
    main()
