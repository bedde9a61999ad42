"""The shipped unit under a real systemd: ready, shut in, watched over, tried again, ended."""

import json
import os
import shutil
import signal
import urllib.request
from pathlib import Path

import pytest
from bench_processes import until
from free_ports import free_port
from monitor_desk import Plant, plant
from service_desk import Service, service, why_not

from hil.historian.weeks import Weeks
from twin.clock import utc_ns

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

FOREVER = (1 << 63) - 1
DYNAMIC = range(61184, 65520)
"""User numbers that systemd gives to `DynamicUser=`."""


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory):
    with plant(tmp_path_factory.mktemp("plant")) as made:
        yield made


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def watching(running: Plant, port: int, tmp_path: Path):
    options = " ".join(("--page", f"127.0.0.1:{port}", *running.options))
    with service(tmp_path, running.site, options) as unit:
        unit.comes_to("ActiveState", "active")
        yield unit


def status(pid: int) -> dict[str, str]:
    """What the kernel says of a process."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def family(pid: int) -> list[int]:
    """A process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def asked(unit: Service) -> int:
    """How often the quietest controller answered in this life."""
    links = json.loads((unit.data / "health.json").read_text("utf-8"))["health"]["links"]
    assert len(links) == 3
    return min(int(link["transactions"]) for link in links)


def newest_ms(port: int) -> int:
    """Time of the newest row on its disk, as the page knows it [ms since 1970]; 0 without one."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/span") as answer:
        span = json.load(answer)
    return 0 if span is None else int(span["to_ms"])


def rows_of_its_own(port: int) -> None:
    """Wait until rows of the life that has just begun are on its disk.

    Only a life that left rows leaves a gap between them and those of the next.
    """
    began_ms = utc_ns() // 1_000_000
    until(lambda: newest_ms(port) > began_ms, "rows of its own on its disk")


def test_it_says_ready_when_it_watches_and_has_no_rights(watching: Service, port: int):
    assert "3 devices; data in /var/lib/private/hukka" in watching.said
    assert "twin: the twin begins; confined: files by Landlock" in watching.said
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/") as page:
        assert page.status == 200
    for pid in family(watching.main()):
        told = status(pid)
        assert int(told["Uid"].split()[0]) in DYNAMIC
        assert (told["NoNewPrivs"], told["Seccomp"]) == ("1", "2")
        assert not any(int(told[name], 16) for name in ("CapEff", "CapPrm", "CapBnd"))
    seen = Path(f"/proc/{watching.main()}/root")
    assert not list((seen / "tmp").glob("*pytest*"))
    assert watching.data.stat().st_mode & 0o777 == 0o700
    until(lambda: asked(watching) > 10, "controllers that answer")


def test_what_was_killed_or_hangs_is_started_again_and_goes_on(
    watching: Service, port: int, tmp_path: Path
):
    first = watching.main()
    rows_of_its_own(port)
    os.kill(first, signal.SIGKILL)
    assert watching.is_over() == ("signal", str(int(signal.SIGKILL)))
    watching.comes_to("ActiveState", "active")
    second = watching.main()
    assert second != first
    rows_of_its_own(port)
    os.kill(second, signal.SIGSTOP)
    assert watching.is_over()[0] == "watchdog"
    watching.comes_to("ActiveState", "active")
    assert watching.said.count("3 devices; data in") == 3
    rows_of_its_own(port)
    watching.systemctl("stop", "hukka-monitor")
    # a path through /proc is another one once it is resolved
    with Weeks(shutil.copytree(watching.data / "weeks", tmp_path / "weeks")) as weeks:
        why = [gap.why for gap in weeks.gaps(0, FOREVER)]
    assert len(why) == 2, why


def test_it_ends_when_it_is_told_to(watching: Service):
    until(lambda: asked(watching) > 5, "controllers that answer")
    everybody = family(watching.main())
    watching.systemctl("stop", "hukka-monitor")
    assert watching.state("Result") == "success"
    assert watching.state("ActiveState") == "inactive"
    assert not [pid for pid in everybody if Path(f"/proc/{pid}").exists()]


def test_bad_input_is_said_and_tried_again(running: Plant, tmp_path: Path):
    with service(tmp_path, running.site, "--no-page --at nowhere=tcp://127.0.0.1:1") as unit:
        assert unit.is_over() == ("exit-code", "2")
        assert "nowhere" in unit.said
        assert "Traceback" not in unit.said
        unit.comes_to("NRestarts", "1")
