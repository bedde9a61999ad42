"""`hukka doctor`: what is good is quiet, what is bad is named with what helps."""

import json
import socket
import subprocess
from contextlib import closing
from pathlib import Path

from free_ports import free_port
from monitor_desk import ENVIRONMENT, HUKKA

from hil.historian.weeks import Channel, WeekWriter
from hil.monitor import of_site

AT = ("--at", "hp_line=tcp://127.0.0.1:1", "--at", "network=tcp://127.0.0.1:1")


def doctor(*words: object) -> tuple[int, dict[str, dict], str]:
    """Exit code, findings by what they are of, and what was said on stderr."""
    if "--page" not in words:
        words = (*words, "--page", f"127.0.0.1:{free_port()}")
    done = subprocess.run(
        [*HUKKA, "doctor", *map(str, words), "--json"],
        env=ENVIRONMENT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "Traceback" not in done.stderr
    if not done.stdout:
        return done.returncode, {}, done.stderr
    told = json.loads(done.stdout)
    assert told["ready"] == (done.returncode == 0)
    return done.returncode, {f["what"]: f for f in told["findings"]}, done.stderr


def test_a_machine_and_a_site_that_are_ready(tmp_path: Path):
    code, found, _ = doctor("mantsala", "--data", tmp_path / "data", *AT)
    assert code == 0
    assert {
        "python",
        "libraries",
        "clock",
        "memory",
        "port",
        "disk",
        "disk speed",
        "historian",
    } <= {*found}
    assert found["models"]["weight"] == found["site"]["weight"] == "good"
    assert "district_network.T_soil" in found["signals"]["text"]
    assert found["signals"]["weight"] == "look"
    assert list((tmp_path / "data").iterdir()) == []  # it leaves nothing behind
    assert not any(f["weight"] == "bad" for f in found.values())


def test_what_is_missing_is_named_with_what_helps(tmp_path: Path):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        code, found, said = doctor(
            "mantsala", "--data", "/proc/hukka", "--page", f"127.0.0.1:{port}"
        )
    assert code == 3
    assert "3 things must be mended: port, data folder, links" in said
    assert str(port) in found["port"]["text"]
    assert "--at hp_line=ADDRESS" in found["links"]["text"]
    assert "cannot be written" in found["data folder"]["text"]
    assert all(found[what]["help"] for what in ("port", "data folder", "links"))


def test_devices_are_asked_only_when_that_is_wanted(tmp_path: Path):
    words = ("mantsala", "--data", tmp_path / "data", *AT)
    assert not any(what.startswith("controller") for what in doctor(*words)[1])
    code, found, _ = doctor(*words, "--links")
    assert code == 3
    assert "no connection to 127.0.0.1:1" in found["controller heat_pump"]["text"]


def test_a_data_folder_is_looked_at(tmp_path: Path):
    channels = {"measured": [Channel("cooling_loop.T_supply:measured", "K", 0.01)]}
    with WeekWriter(tmp_path / "weeks", channels, ballast_bytes=0):
        pass
    code, found, _ = doctor(tmp_path)
    assert (code, found["site"]["weight"]) == (0, "look")
    assert "site.json is missing" in found["site"]["text"]
    of_site.tell(tmp_path, of_site.OfSite("mantsala", "mantsala", 1))
    code, found, _ = doctor(tmp_path, *AT)
    assert code == 0
    assert found["site"]["text"].startswith("mantsala")
    assert found["monitor"]["text"] == "none runs on this folder"
    (tmp_path / "desk.sqlite").write_bytes(b"no journal" * 1000)
    code, found, _ = doctor(tmp_path, *AT)
    assert code == 3
    assert found["alarms"]["weight"] == "bad"


def test_what_the_monitor_was_told_is_looked_at(tmp_path: Path):
    """Its own file of neighbours and what it learned, and no port where it has no page."""
    with WeekWriter(tmp_path / "weeks", {"measured": [Channel("x:measured", "K", 0.01)]}):
        pass
    learned, told = tmp_path / "plant.learned", tmp_path / "told.yaml"
    learned.write_text("no such thing")
    told.write_text("mqtt: {url: http://broker}\n")
    of_site.tell(
        tmp_path,
        of_site.OfSite(
            "mantsala", "mantsala", 1_000_000_000, at=AT[1::2], page=None,
            learned=str(learned), neighbours=str(told),
        ),
    )  # fmt: skip
    done = subprocess.run(
        [*HUKKA, "doctor", str(tmp_path), "--json"],
        env=ENVIRONMENT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    found = {f["what"]: f for f in json.loads(done.stdout)["findings"]}
    assert done.returncode == 3
    assert "port" not in found
    assert found["options"]["text"].endswith("--no-page")
    assert found["learned"]["weight"] == found["told.yaml"]["weight"] == "bad"
    assert str(learned) in found["learned"]["text"]
    told.unlink()
    code, found, _ = doctor(tmp_path)
    assert (code, found["told.yaml"]["text"]) == (3, f"{told}: no such file")
    told.write_text("")
    assert "told.yaml" not in doctor(tmp_path)[1]


def test_bad_words_are_refused():
    code, _, said = doctor("mantsala", "--page", "nowhere")
    assert (code, "must be HOST:PORT" in said) == (2, True)
