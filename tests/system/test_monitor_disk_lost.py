"""A disk that turns read-only under a running monitor: page, people, words and exit code say so."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from browser_desk import Tab, chromium
from free_ports import free_port
from monitor_desk import Desk, plant
from page_desk import Client
from tell_made import hook, hook_server

from hil.historian.weeks import Weeks
from hil.monitor.rows import MEASURED

FOREVER = 1 << 62


@pytest.fixture
def disk(tmp_path):
    """A file system on a disk of its own, and what makes it fail as broken hardware does."""
    image, folder = tmp_path / "disk.img", tmp_path / "disk"
    folder.mkdir()
    with image.open("wb") as file:
        file.truncate(100_000_000)
    mount = ["mount", "-o", "loop,errors=remount-ro", image, folder]
    for command in (["mkfs.ext4", "-q", image], mount):
        try:
            made = os.geteuid() == 0 and not subprocess.run(command, check=False).returncode
        except FileNotFoundError:
            made = False
        if not made:
            pytest.skip("only root may mount a disk, where there are loop devices and mkfs.ext4")
    mounts = (line.split() for line in Path("/proc/mounts").read_text().splitlines())
    device = next(Path(what).name for what, where, *_ in mounts if where == str(folder))
    yield folder, Path(f"/sys/fs/ext4/{device}/trigger_fs_error")
    subprocess.run(["umount", folder], check=True)


@pytest.mark.timeout(300)
def test_what_cannot_be_kept_is_said_everywhere(disk, tmp_path):
    folder, error = disk
    data, listen, port = folder / "data", f"127.0.0.1:{free_port()}", free_port()
    data.mkdir()
    (data / "tell.yaml").write_text(json.dumps({"channels": {"duty": hook(port)}}), "utf-8")
    with plant(tmp_path) as made, hook_server(port) as people:
        desk = Desk(made, data, "--page", listen)
        try:
            desk.look(lambda: (data / "health.json").exists())
            with Client(f"http://{listen}/") as client, chromium() as browser:
                desk.until("page: ")
                with Tab(browser, f"http://{listen}/") as tab:
                    page = tab.drawn("plant")
                    assert page.locator(".tab .of-health").is_hidden()
                    desk.look(lambda: kept(data) > 0)
                    error.write_text("the disk is gone")
                    desk.until("keeper: ")
                    page.locator(".tab .of-health").wait_for()
                    tab.drawn("health").get_by_text("recording stopped").wait_for()
                    tab.shot("disk-lost")
                    health = client.get("/api/health").json()
                    assert {row["name"] for row in health["processes"]} >= {"keeper", "loop"}
                    assert any("health.json: Read-only" in note for note in health["notes"])
                    # the plant is watched all the same
                    first, second = (client.get("/api/now").json()["t_ms"], now_later(desk, client))
                    assert second > first
                    assert tab.complaints == []
            with people.news:
                assert people.news.wait_for(lambda: people.got, 120)
            summary = desk.end(4)
        finally:
            desk.kill()
    ((_, _, told),) = people.got
    assert (told["what"], told["kind"]) == ("desk", "unkept")
    assert "recording stopped" in told["text"]
    (last,) = [line for line in desk.said if "are not kept" in line]
    assert int(re.search(r"(\d+) rows at the end are not kept", last).group(1)) == summary["unkept"]
    assert summary["unkept"] > 5
    assert "recording stopped" in last
    shutil.copytree(data / "weeks", tmp_path / "weeks")  # who reads them needs a disk that writes
    assert kept(tmp_path) == summary["rows"]


def kept(data):
    """Rows on the disk."""
    with Weeks(data / "weeks") as weeks:
        return sum(len(block.t_ns) for block in weeks.rows(MEASURED, 0, FOREVER))


def now_later(desk, client):
    """Time of a row that is newer than the newest [ms]."""
    before = client.get("/api/now").json()["t_ms"]
    desk.look(lambda: client.get("/api/now").json()["t_ms"] > before)
    return client.get("/api/now").json()["t_ms"]
