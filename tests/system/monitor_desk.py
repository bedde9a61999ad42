"""A plant on real sockets for `hukka monitor`: a bench, and between both a wire that can be cut."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from bench_processes import ROOT
from free_ports import free_port

from twin.clock import NS_PER_S, monotonic_ns

LINKS = {
    "site_lan": "site_lan: {transport: tcp, host: 127.0.0.1, port: 15020}",
    "hp_line": "hp_line: {transport: rtu, device: pty, baud: 19200, parity: E, stop_bits: 1}",
    "dh_lan": "dh_lan: {transport: tcp, host: 127.0.0.1, port: 15021}",
}
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}
HUKKA = (sys.executable, "-m", "hil.cli")


class Wire:
    """A TCP wire from a port of its own to `port`, which notes the function of each request."""

    def __init__(self, port: int) -> None:
        self._to = port
        self.port = free_port()
        self.functions: set[int] = set()
        self._ends: list[socket.socket] = []
        self.plug()

    def plug(self) -> None:
        """Let clients in."""
        self._listener = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def pull(self) -> None:
        """Cut every connection, and take no more."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for end in self._ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        self._ends.clear()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                server = socket.create_connection(("127.0.0.1", self._to))
                self._ends += [client, server]
                for pair in ((client, server), (server, client)):
                    args = (*pair, pair[0] is client)
                    threading.Thread(target=self._carry, args=args, daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket, asking: bool) -> None:
        with source, suppress(OSError):
            while data := source.recv(4096):
                if asking:  # one request at a time, in one piece: MBAP header, then the function
                    self.functions.add(data[7])
                sink.sendall(data)
            sink.shutdown(socket.SHUT_RDWR)


class Plant:
    """The site file of the monitor, the wires to the plant, and the options that it takes."""

    def __init__(self, folder: Path) -> None:
        self.ports = {name: free_port() for name in LINKS}
        self.bench = self._site(folder / "bench", self.ports)
        self.wires: dict[str, Wire] = {}
        self.folder = folder

    def wire(self) -> None:
        """Put a wire before each controller."""
        self.wires = {name: Wire(port) for name, port in self.ports.items()}
        ports = {name: wire.port for name, wire in self.wires.items()}
        self.site = self._site(self.folder / "desk", ports)
        network = f"network=tcp://127.0.0.1:{ports['dh_lan']}"
        self.options = ("--at", network, "--assume", "district_network.T_soil=6degC")

    def _site(self, folder: Path, ports: dict[str, int]) -> Path:
        text = (ROOT / "sites" / "mantsala" / "site.yaml").read_text("utf-8")
        for name, line in LINKS.items():
            assert line in text
            tcp = f"{name}: {{transport: tcp, host: 127.0.0.1, port: {ports[name]}}}"
            text = text.replace(line, tcp)
        folder.mkdir(parents=True)
        for path in (ROOT / "sites" / "mantsala").glob("*.csv"):
            (folder / path.name).symlink_to(path)
        (folder / "site.yaml").write_text(text, "utf-8")
        return folder / "site.yaml"


@contextmanager
def plant(folder: Path, warmup: str = "1m") -> Iterator[Plant]:
    """A bench that runs in real time, with wires to each of its controllers."""
    made = Plant(folder)
    words = ("bench", made.bench, "--duration", "1h", "--warmup", warmup, "--json")
    process = subprocess.Popen(
        [*HUKKA, *words, "--out", folder / "run"],
        env=ENVIRONMENT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stderr is not None
        try:
            said = []
            for line in process.stderr:
                said.append(line)
                if "hukka: loop:" in line:
                    break
            else:
                raise AssertionError(f"the bench did not begin: {''.join(said)}")
            made.wire()
            yield made
        finally:
            for wire in made.wires.values():
                wire.pull()
            process.send_signal(signal.SIGTERM)
            process.stderr.read()


class Desk:
    """A running `hukka monitor`; what it says is in `said`."""

    def __init__(
        self,
        made: Plant,
        data: Path,
        *options: str,
        environment: Mapping[str, str] = ENVIRONMENT,
    ) -> None:
        words = [*HUKKA, "monitor", made.site, "--data", data, "--json", *made.options]
        words += [] if "--page" in options else ["--no-page"]
        self.data = data
        self.said: list[str] = []
        self._news = threading.Condition()
        self.process = subprocess.Popen(
            [*words, *options],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reader = threading.Thread(target=self._listen)
        self._reader.start()

    def _listen(self) -> None:
        assert self.process.stderr is not None
        with closing(self.process.stderr) as lines:
            for line in lines:
                with self._news:
                    self.said.append(line.strip())
                    self._news.notify_all()
        with self._news:
            self.said.append("it has ended")
            self._news.notify_all()

    def until(self, text: str, after: int = 0, timeout_s: float = 60.0) -> int:
        """Wait for a line with `text` behind the first `after`; the place behind it."""

        def found() -> int | None:
            places = (i + 1 for i, said in enumerate(self.said) if i >= after and text in said)
            return next(places, None)

        with self._news:
            assert self._news.wait_for(lambda: found() is not None, timeout_s), (text, self.said)
            place = found()
            assert place is not None
            return place

    def look(self, there: Callable[[], bool], timeout_s: float = 60.0) -> None:
        """Wait until something is there that nobody tells of."""
        until_ns = monotonic_ns() + round(timeout_s * NS_PER_S)
        while not there():
            assert monotonic_ns() < until_ns, self.said
            with self._news:
                self._news.wait(0.1)

    def health(self) -> dict:
        """What it tells of itself."""
        return json.loads((self.data / "health.json").read_text("utf-8"))

    def children(self) -> dict[int, str]:
        """Its processes and what they are: keeper, link, loop, twin."""
        found = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            with suppress(OSError):
                if int(path.read_text().rpartition(")")[2].split()[1]) == self.process.pid:
                    words = (path.parent / "cmdline").read_bytes().split(b"\0")
                    if len(words) > 2:  # one that has ended has none
                        name = words[2].decode().rpartition(".")[2].removesuffix("_worker")
                        found[int(path.parent.name)] = name
        return found

    def end(self, code: int = 0) -> dict:
        """Ask it to end as a service manager does, which it does with `code`; its summary."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        assert self.process.stdout is not None
        with closing(self.process.stdout) as out:
            said = out.read()
        self._reader.join()
        assert self.process.wait() == code, self.said
        return json.loads(said)

    def kill(self) -> None:
        """End it as a power cut does."""
        self.process.kill()
        self.process.wait()
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()


@contextmanager
def desk(made: Plant, data: Path, *options: str) -> Iterator[Desk]:
    """A monitor, ended at the latest here."""
    running = Desk(made, data, *options)
    try:
        yield running
    finally:
        if running.process.returncode is None:
            running.kill()
