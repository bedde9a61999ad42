"""Modbus TCP against the peers, in one run: our client, our server, 50 units at 10 Hz.

    .venv/bin/python benchmarks/links.py [--rounds 60] [--reads 150] [--poll-seconds 5]

Every read is of 10 holding registers on this machine. Subjects are processes of their own that take
turns in short rounds, so that a busy machine is busy for all. Ratios are taken within each round
and their median is printed. Needs libmodbus-dev and a C compiler; peers that are missing are left
out. Nothing is asserted.
"""

import argparse
import contextlib
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "interop"))
from interop_peers import PEERS, compiled, no_libmodbus
from interop_wire import free_port

HERE = Path(__file__).parent
CLIENTS = (
    "libmodbus", "thin", "hukka link", "hukka device", "umodbus", "pymodbus sync", "pymodbus async"
)  # fmt: skip
SERVERS = ("libmodbus", "hukka", "pymodbus", "umodbus")
HELD = "hr " + " ".join(str(100 + i) for i in range(10))
BASE = "libmodbus"


def started(words: list[str]) -> subprocess.Popen[str]:
    pipe = subprocess.PIPE
    return subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True)


def subject(*words: str) -> list[str]:
    return [sys.executable, str(HERE / "links_subjects.py"), *words]


@contextlib.contextmanager
def ended(process: subprocess.Popen[str]) -> Iterator[subprocess.Popen[str]]:
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


@contextlib.contextmanager
def serving(name: str) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """The port of a server, and the process that it is."""
    port = free_port()
    if name == "hukka":
        words = subject("server", str(port))
    elif name == "libmodbus":
        words = [str(compiled(PEERS / "libmodbus_server.c")), "tcp", str(port)]
    else:
        words = [sys.executable, str(PEERS / f"{name}_server.py"), "tcp", str(port)]
    with ended(started(words)) as process:
        if name != "hukka":
            process.stdin.write(f"co 0\ndi 0\n{HELD}\nir 0\nserve\n")
            process.stdin.flush()
        assert process.stdout.readline() == "ready\n", name
        yield port, process


def c_client(port: int) -> list[str]:
    return [str(compiled(HERE / "links_client.c")), "127.0.0.1", str(port)]


def took_us(process: subprocess.Popen[str], reads: int) -> list[float]:
    process.stdin.write(f"{reads}\n")
    process.stdin.flush()
    found = [int(word) / 1000 for word in process.stdout.readline().split()]
    assert len(found) == reads, process.args
    return found


def take_turns(
    processes: dict[str, subprocess.Popen[str]], rounds: int, reads: int
) -> dict[str, list[list[float]]]:
    """What every read took [µs], by subject and round; the first round warms up."""
    found: dict[str, list[list[float]]] = {name: [] for name in processes}
    for number in range(rounds + 1):
        names = list(processes)
        for name in names[number % len(names) :] + names[: number % len(names)]:
            times = took_us(processes[name], reads)
            if number:
                found[name].append(times)
    return found


def table(title: str, found: dict[str, list[list[float]]]) -> None:
    print(f"\n{title}\n{'':16}{'p50 µs':>9}{'p99 µs':>9}{'ratio':>8}")
    for name, rounds in found.items():
        middle = [statistics.median(times) for times in rounds]
        late = statistics.median(sorted(times)[len(times) * 99 // 100] for times in rounds)
        base = [statistics.median(times) for times in found[BASE]]
        ratio = statistics.median(a / b for a, b in zip(middle, base, strict=True))
        print(f"{name:16}{statistics.median(middle):9.1f}{late:9.1f}{ratio:8.2f}")


def clients(rounds: int, reads: int) -> None:
    with contextlib.ExitStack() as stack:
        port, _ = stack.enter_context(serving(BASE))
        words = {name: subject("client", name, str(port)) for name in CLIENTS}
        words[BASE] = c_client(port)
        processes = {name: stack.enter_context(ended(started(words[name]))) for name in CLIENTS}
        found = take_turns(processes, rounds, reads)
    table("Clients of one libmodbus server", found)


def servers(rounds: int, reads: int) -> None:
    with contextlib.ExitStack() as stack:
        ports = {name: stack.enter_context(serving(name))[0] for name in SERVERS}
        processes = {
            name: stack.enter_context(ended(started(c_client(port))))
            for name, port in ports.items()
        }
        found = take_turns(processes, rounds, reads)
    table("Servers, asked by one libmodbus client each", found)
    pairs = zip(found["pymodbus"], found["hukka"], strict=True)
    ratio = statistics.median(statistics.median(a) / statistics.median(b) for a, b in pairs)
    print(f"pymodbus / hukka: {ratio:.2f}")


def fifty_units(seconds: float) -> None:
    print("\n50 units at 10 Hz, 10 registers each, from one process; CPU in parts of one core")
    print(f"{'master':10}{'connections':>12}  {'server':10}{'CPU master':>11}{'CPU server':>11}"
          f"{'round ms':>10}{'late':>6}")  # fmt: skip
    for master, server in (("hukka", BASE), ("pymodbus", BASE), ("hukka", "hukka")):
        for links in (1, 50):
            with serving(server) as (port, process):
                words = subject("poll", master, str(port), str(links), str(seconds))
                before = cpu_s(process.pid)
                done = subprocess.run(words, capture_output=True, text=True, check=True)
                served = (cpu_s(process.pid) - before) / seconds
            cpu, round_s, late = map(float, done.stdout.split())
            print(f"{master:10}{links:12}  {server:10}{cpu:11.1%}{served:11.1%}"
                  f"{round_s * 1e3:10.1f}{late:6.0%}")  # fmt: skip


def cpu_s(pid: int) -> float:
    """CPU time that a process has taken [s]; NaN where the system does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return float("nan")
    ticks: int = os.sysconf("SC_CLK_TCK")
    return (int(fields[11]) + int(fields[12])) / ticks


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=60)
    parser.add_argument("--reads", type=int, default=150)
    parser.add_argument("--poll-seconds", type=float, default=5.0)
    asked = parser.parse_args()
    if reason := no_libmodbus():
        sys.exit(f"links.py: {reason}")
    clients(asked.rounds, asked.reads)
    servers(asked.rounds, asked.reads)
    fifty_units(asked.poll_seconds)


if __name__ == "__main__":
    main()
