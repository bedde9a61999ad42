"""Files that are wrong: refused where somebody can mend them, recorded without otherwise."""

import json
import os
import subprocess

import pytest
from monitor_desk import ENVIRONMENT, HUKKA, desk, plant

from hil.historian.weeks import Weeks

pytestmark = pytest.mark.skipif(os.name != "posix", reason="processes are killed as POSIX has it")
GOOD = "limits: {warm: {signal: cooling_loop.T_supply, above: 250 K, deadband: 1 K}}\n"
WRONG = {
    "alarms.yaml": "limits: {warm: {signal: cooling_loop.T_suply, above: 250 K, deadband: 1 K}}\n",
    "tell.yaml": "channels: {duty: {kind: pigeon}}\n",
    "neighbours.yaml": "mqtt: {brocker: mqtt://127.0.0.1}\n",
}


def monitor(made, data, **more):
    """`hukka monitor` to its end: exit code and what it said."""
    words = ["monitor", made.site, "--data", data, "--no-page", "--duration", "5s", *made.options]
    done = subprocess.run(
        [*HUKKA, *map(str, words)], env=ENVIRONMENT, capture_output=True, text=True, **more
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr


def last_ns(data):
    with Weeks(data / "weeks") as weeks:
        return weeks.span_ns()[1]


@pytest.mark.timeout(900)
def test_the_plant_is_recorded_whatever_people_wrote(tmp_path):
    data = tmp_path / "data"
    data.mkdir()
    with plant(tmp_path / "plant") as made:
        for name, text in WRONG.items():  # the first start of all: nothing begins
            (data / name).write_text(text)
            code, said = monitor(made, data, stdin=subprocess.DEVNULL)
            assert (code, name in said) == (2, True), said
            assert not (data / "weeks").exists()
            (data / name).unlink()
        (data / "alarms.yaml").write_text(GOOD)
        with desk(made, data) as running:
            running.until("watches", timeout_s=200)
            running.look(lambda: any((data / "weeks").glob("*.sqlite")))
            running.end()
        before_ns = last_ns(data)
        for name, text in WRONG.items():
            (data / name).write_text(text)
        ours, theirs = os.openpty()
        try:  # somebody sits there
            code, said = monitor(made, data, stdin=theirs)
        finally:
            os.close(ours)
            os.close(theirs)
        assert (code, "brocker" in said) == (2, True), said
        for name in ("site.json", "tell.sqlite"):
            (data / name).write_bytes(b"a worn card")
        with desk(made, data) as running:  # a service, after a power cut
            running.until("watches", timeout_s=200)
            running.look(lambda: len(notes(running)) >= 4)
            said = "\n".join(notes(running))
            assert "without courier" in said
            assert "pigeon" in said
            assert "without neighbours" in said
            assert "T_suply" in said
            assert "site.json: does not say" in said
            assert "limits are as they were before" in said
            assert (data / "alarms.last.yaml").read_text() == GOOD
            (data / "tell.yaml").write_text("channels: {}\n")
            running.until("courier is back", timeout_s=120)
            running.look(lambda: "without courier" not in "\n".join(notes(running)))
            assert "it is tell.sqlite.broken now" in "\n".join(notes(running))
            (data / "desk.sqlite").unlink()  # under a monitor that runs
            running.until("desk.sqlite: was taken away: alarms begin anew")
            running.look(lambda: "was taken away" in "\n".join(notes(running)))
            assert (data / "desk.sqlite").exists()
            running.end()
        assert last_ns(data) > before_ns
        words = [*HUKKA, "doctor", str(data), "--json"]
        doctor = subprocess.run(words, env=ENVIRONMENT, capture_output=True, text=True)
        found = {f["what"]: f for f in json.loads(doctor.stdout)["findings"]}
        assert doctor.returncode == 3
        assert {"alarms.yaml", "neighbours.yaml"} <= {w for w, f in found.items() if bad(f)}
        assert "tell.yaml" not in found
        # and it knows what the monitor was started with
        assert "links" not in found
        assert all(text in found["options"]["text"] for text in made.options)


def notes(running):
    return running.health()["health"]["notes"]


def bad(finding):
    return finding["weight"] == "bad"
