"""A disk that fills while procedures run: what was seen is kept, and the code says what ended."""

import shutil

from bench_processes import hukka
from commission_desk import commission, verdicts
from small_disks import small_disk

SHORT = ("mantsala", "cooling_loop.power_cycle", "--warmup", "20m", "--json")
LONGER = ("mantsala", "heat_pump.weather_curve", "heat_pump.stop_order", *SHORT[1:])


def test_verdicts_are_told_where_there_is_no_room_for_the_report(tmp_path):
    with small_disk(tmp_path, "48k") as disk:
        code, summary, said = commission(*SHORT, "--out", disk / "run")
        assert (code, summary["passed"], summary["report"]) == (4, 1, None)
        last = said.splitlines()[-1]
        assert "report.html: cannot be written: No space left" in last
        assert last.endswith(f"hukka report {disk / 'run'} draws what is missing")
        shutil.copytree(disk / "run", tmp_path / "roomy")
    done = hukka("report", tmp_path / "roomy")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "roomy" / "report.html").exists()


def test_a_record_that_cannot_go_on_ends_the_run_and_is_resumed_elsewhere(tmp_path):
    with small_disk(tmp_path, "28k") as disk:
        code, summary, said = commission(*LONGER, "--out", disk / "run")
        assert (code, summary) == (4, None)
        last = said.splitlines()[-1]
        assert "commission.jsonl: cannot be written: No space left" in last
        assert "what was written is kept, and --resume goes on" in last
        shutil.copytree(disk / "run", tmp_path / "roomy")
    kept = verdicts(tmp_path / "roomy")
    code, summary, said = commission(*LONGER, "--resume", tmp_path / "roomy")
    assert summary["procedures"] == 3, said
    assert verdicts(tmp_path / "roomy").items() >= kept.items()
