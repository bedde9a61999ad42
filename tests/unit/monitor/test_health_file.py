"""Health, told in a file; and told to a service manager."""

import json
import os
import socket
import tempfile
from contextlib import closing
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from hil.links.service_notify import ServiceManager
from hil.monitor.health import (
    KEPT_EVERY_NS,
    SOONEST_NS,
    Health,
    HealthReader,
    Kept,
    LinkRow,
    ProcessRow,
    Told,
    health_of,
    write,
)
from hil.monitor.usage import usage

TOLD = Told(
    t_ns=1_790_000_000_000_000_000,
    pid=17,
    live={"path": "/proc/17/fd/5", "cells": [3, 4]},
    standing={"heat_pump": "healthy"},
    reasons={},
    health=Health(
        links=[LinkRow("heat_pump", "hp_line", True, 10, 1, 800.0, None, "")],
        processes=[ProcessRow("loop", True, 0, 1.5, 30_000_000)],
        late_us={"p50": 90.0, "p99": 120.0, "max": None},
        overruns=1,
        dropped=0,
        clock_offset_s=0.25,
        disk_free_bytes=1,
        disk_used_bytes=2,
        disk_days_left=None,
        gaps=[(1, 2, "the machine was asleep")],
        twin={"heat_pump": 1.1},
        notes=["a note"],
    ),
)


def test_what_is_written_is_read(tmp_path: Path):
    assert HealthReader(tmp_path).read() is None
    write(tmp_path, asdict(TOLD))
    assert HealthReader(tmp_path).read() == TOLD
    assert [path.name for path in tmp_path.iterdir()] == ["health.json"]


@pytest.mark.parametrize("spoil", [b"", b"[]", b"{}", b'{"health": 3}', b"\xff\xfe"])
def test_a_file_that_is_none_of_ours_says_nothing(tmp_path: Path, spoil: bytes):
    (tmp_path / "health.json").write_bytes(spoil)
    assert HealthReader(tmp_path).read() is None


def test_one_of_another_version_says_nothing(tmp_path: Path):
    write(tmp_path, asdict(TOLD))
    path = tmp_path / "health.json"
    known = json.loads(path.read_text("utf-8"))
    known["health"]["more"] = 1
    path.write_text(json.dumps(known), "utf-8")
    assert HealthReader(tmp_path).read() is None


def test_what_is_kept_comes_back():
    assert health_of(json.loads(json.dumps(asdict(TOLD.health)))) == TOLD.health


def test_it_is_kept_when_a_state_changes_and_now_and_then():
    kept, asked = Kept(), replace(TOLD.health, overruns=2)
    lost = replace(TOLD.health, links=[replace(TOLD.health.links[0], up=False)])
    assert kept.due(TOLD.health, 0)
    assert kept.due(TOLD.health, 1)  # nobody has taken it
    kept.done(TOLD.health, 1)
    assert not kept.due(asked, KEPT_EVERY_NS)
    assert kept.due(asked, KEPT_EVERY_NS + 1)
    assert not kept.due(lost, SOONEST_NS)
    assert kept.due(lost, SOONEST_NS + 1)
    kept.done(lost, SOONEST_NS + 1)
    assert not kept.due(lost, 2 * SOONEST_NS + 1)
    assert kept.due(TOLD.health, 2 * SOONEST_NS + 1)  # it is back
    for more in ({"notes": []}, {"gaps": []}, {"processes": []}):
        assert kept.due(replace(lost, **more), 2 * SOONEST_NS + 1), more


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux tells")
def test_what_this_process_takes():
    used = usage(os.getpid())
    assert used.cpu_s > 0.0
    assert used.memory_bytes > 10_000_000
    assert used.files > 2
    assert usage(-1) == (0.0, 0, 0)


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="systemd is on Linux")
def test_a_service_manager_hears_what_it_asked_for(monkeypatch: pytest.MonkeyPatch):
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as heard,
    ):
        heard.bind(f"{folder}/notify")
        heard.settimeout(5.0)
        monkeypatch.setenv("NOTIFY_SOCKET", f"{folder}/notify")
        monkeypatch.setenv("WATCHDOG_USEC", "30000000")
        manager = ServiceManager()
        assert "NOTIFY_SOCKET" not in os.environ  # children do not speak for the service
        assert manager.watchdog_ns == 30_000_000_000
        assert manager.tell("READY=1", "STATUS=watches")
        assert heard.recv(4096) == b"READY=1\nSTATUS=watches"
    assert not manager.tell("WATCHDOG=1")  # it is gone, and that is no reason to stop


def test_without_a_service_manager_nothing_is_said(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    manager = ServiceManager()
    assert manager.watchdog_ns is None
    assert not manager.tell("READY=1")
