"""`hukka map` as a user types it: files, exit codes, and what goes to which stream."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from small_disks import small_disk

ROOT = Path(__file__).resolve().parents[2]
LIST = "Signal;Adress;Type;Unit;R/W\nSupply;40001;INT16;°C;R\nSpeed;40002;UINT16;%;RW\n"


def hukka(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "hil.cli", "map", *words]
    env = {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "100"}
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=60, check=False, env=env
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "list.txt").write_text(LIST, encoding="utf-8")
    return tmp_path


def test_a_list_becomes_a_map_and_goes_out_again(folder):
    done = hukka(folder, "import", "list.txt", "--out", "acme.csv")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("acme.csv: 2 points from csv")
    assert "list.txt:3: Speed: may be written and has no min and max" in done.stderr
    assert hukka(folder, "check", "acme.csv").stdout == "acme.csv: sound: 2 points\n"
    out = hukka(folder, "export", "acme.csv", "--to", "wot")
    assert json.loads(out.stdout)["title"] == "acme"
    again = hukka(folder, "import", "list.txt", "--out", "acme.csv")
    assert (again.returncode, again.stderr) == (2, "hukka: acme.csv: exists already, say --out\n")


def test_on_a_full_disk_there_is_no_half_of_a_map_and_the_older_file_stays(folder):
    with small_disk(folder, "8k") as disk:
        (disk / "ballast").write_bytes(bytes(4096))
        older = disk / "acme.json"
        older.write_text("older", encoding="utf-8")
        shipped = str(ROOT / "firmware_sim" / "maps" / "heat_pump.csv")
        for target in (older, disk / "new.json"):
            done = hukka(folder, "export", shipped, "--to", "wot", "--out", str(target))
            assert done.returncode == 2
            last = done.stderr.splitlines()[-1]
            assert last == f"hukka: {target}: cannot be written: No space left on device"
        assert {path.name for path in disk.iterdir()} == {"acme.json", "ballast"}
        assert older.read_text(encoding="utf-8") == "older"


def test_mistakes_are_exit_code_2_and_doubts_3(folder):
    (folder / "bad.csv").write_text("name,table,address,type\na,hr,0,int15\n", encoding="utf-8")
    done = hukka(folder, "check", "bad.csv", "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["mistakes"][0].startswith("bad.csv:2 a.type = 'int15'")
    text = "name,table,address,type,unit\nT_in,hr,0,int16,kW\n"
    (folder / "odd.csv").write_text(text, encoding="utf-8")
    done = hukka(folder, "check", "odd.csv", "--json")
    assert done.returncode == 3
    (doubt,) = json.loads(done.stdout)["doubts"]
    assert (doubt["place"], doubt["column"], doubt["value"]) == ("odd.csv:2", "unit", "kW")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["import", "none.xlsx"], "none.xlsx: No such file"),
        (["import", "list.txt", "--from", "cvs"], "unknown format 'cvs', did you mean 'csv'"),
        (["import", "list.txt", "--columns", "type"], "--columns 'type': must be COLUMN=WORD"),
        (["import", "list.txt", "--numbers", "hex"], "--numbers: unknown word 'hex'"),
        (["import", "list.txt", "--base", "2"], "--base = 2: must be 0 to 1"),
        (["export", "list.txt", "--to", "wort"], "unknown format 'wort', did you mean 'wot'"),
    ],
)
def test_bad_words_are_refused_in_one_line(folder, words, message):
    done = hukka(folder, *words)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert not (folder / "list.csv").exists()
