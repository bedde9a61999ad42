"""The record of a run: taken up where it was cut off, and never mixed with another."""

import json
import shutil
import sys

import pytest
from commissioning_samples import FULL, SMALL

import firmware_sim
from firmware_sim import map_path
from hil.commissioning.book import NAME, TRACES, Book, identity
from hil.commissioning.record import BlockRecord, StepRecord
from hil.commissioning.verdict import Verdict
from hil.historian.run_folder import RecordingStopped
from twin.errors import BadInput
from twin.site import load_site
from twin.site.it_load import TRACE_FILE
from twin.site.load import SITES

MINE = {"site": "mantsala", "options": {"seed": 1, "line_faults": []}}


@pytest.fixture
def blocks(load):
    """Three blocks: one, and two rows of a table."""
    return load(SMALL, FULL)


def passed(block):
    step = StepRecord("wait 1 s", Verdict.PASS, 0.0, 1.0, "", "", {"settles [s]": 3.0})
    return block.record(Verdict.PASS, "", (step,), 1.0, 2)


def written(folder, blocks):
    """A run that was cut off in its third block."""
    book = Book(folder, MINE, resume=False)
    for block in blocks[:2]:
        book.begin(block)
        book.end(passed(block))
    book.begin(blocks[2])
    book.close()
    return (folder / NAME).read_bytes()


def taken_up(folder, told=MINE):
    book = Book(folder, told, resume=True)
    book.close()
    return book


def test_what_was_done_is_there_again(blocks, tmp_path):
    folder = tmp_path / "runs" / "new"
    text = written(folder, blocks)
    assert (folder / TRACES).is_dir()
    assert [next(iter(json.loads(line))) for line in text.splitlines()] == [
        "run", "begin", "end", "begin", "end", "begin",
    ]  # fmt: skip
    book = taken_up(folder, dict(reversed(MINE.items())))
    assert book.done == {block.key: passed(block) for block in blocks[:2]}
    assert (folder / NAME).read_bytes() == text


@pytest.mark.skipif(sys.platform == "win32", reason="a limit of the size of files")
def test_a_full_disk_is_said_by_the_name_of_the_file(blocks, tmp_path):
    import resource

    book = Book(tmp_path, MINE, resume=False)
    before = (tmp_path / NAME).read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 5, limits[1]))
    try:
        with pytest.raises(RecordingStopped, match=rf"{NAME}: cannot be written: File too large"):
            book.begin(blocks[0])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        book.close()
    assert (tmp_path / NAME).read_bytes() == before


def test_it_goes_on_in_the_same_file(blocks, tmp_path):
    text = written(tmp_path, blocks)
    book = Book(tmp_path, MINE, resume=True)
    book.begin(blocks[2])
    book.end(passed(blocks[2]))
    book.close()
    assert (tmp_path / NAME).read_bytes().startswith(text)
    again = taken_up(tmp_path)
    assert list(again.done) == [block.key for block in blocks]


def test_it_is_on_disk_before_the_next_thing_begins(blocks, tmp_path):
    book = Book(tmp_path, MINE, resume=False)
    for what, call in (
        ("begin", lambda: book.begin(blocks[0])),
        ("end", lambda: book.end(passed(blocks[0]))),
    ):
        call()
        assert what in json.loads((tmp_path / NAME).read_bytes().splitlines()[-1])
    assert book.done == {blocks[0].key: passed(blocks[0])}
    book.close()


def test_a_line_that_was_cut_off_anywhere_never_counted(blocks, tmp_path):
    text = written(tmp_path, blocks)
    for size in range(0, len(text), 7):
        (tmp_path / NAME).write_bytes(text[:size])
        whole = text[:size].splitlines(keepends=True)
        lines = [json.loads(line) for line in whole if line.endswith(b"\n")]
        ended = [BlockRecord.of(line["end"]).key for line in lines if "end" in line]
        book = taken_up(tmp_path)
        assert list(book.done) == ended
        left = (tmp_path / NAME).read_bytes()
        assert left == (text[: text[:size].rfind(b"\n") + 1] or text[: text.index(b"\n") + 1])


@pytest.mark.parametrize(
    ("told", "changed"),
    [
        ({**MINE, "site": "espoo"}, "site changed"),
        ({**MINE, "options": {"seed": 2, "line_faults": []}}, r"options\.seed changed"),
        ({**MINE, "blocks": []}, "blocks changed"),
        (
            {"site": "espoo", "options": {}},
            r"site, options\.line_faults, options\.seed changed",
        ),
        ({**MINE, "options": dict.fromkeys("abcdefgh", 1)}, r"options\.f and 4 more changed"),
    ],
)
def test_the_record_of_another_run_is_not_gone_on_with(blocks, tmp_path, told, changed):
    text = written(tmp_path, blocks)
    with pytest.raises(
        BadInput, match=rf"commission\.jsonl: cannot be resumed: (\S+, )*{changed} since"
    ):
        Book(tmp_path, told, resume=True)
    assert (tmp_path / NAME).read_bytes() == text


def test_a_folder_that_holds_a_run_is_not_written_over(blocks, tmp_path):
    text = written(tmp_path, blocks)
    with pytest.raises(BadInput, match="already holds a run; --resume goes on with it"):
        Book(tmp_path, MINE, resume=False)
    assert (tmp_path / NAME).read_bytes() == text


def test_without_a_run_there_is_none_to_resume(tmp_path):
    with pytest.raises(BadInput, match=r"no commission\.jsonl, so there is no run to resume"):
        Book(tmp_path / "none", MINE, resume=True)
    assert not (tmp_path / "none").exists()


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "run").write_text("")
    with pytest.raises(BadInput, match="run: "):
        Book(tmp_path / "run", MINE, resume=False)


@pytest.mark.parametrize("line", ["garbage", "[1]", "{}", '{"run": 1}\n{"end": {}}', "3", "\0"])
def test_what_is_no_record_is_refused(tmp_path, line):
    (tmp_path / NAME).write_text(f"{line}\n")
    with pytest.raises(BadInput, match="is not the record of a run"):
        Book(tmp_path, MINE, resume=True)
    assert (tmp_path / NAME).read_text() == f"{line}\n"


# (text of a procedure, what it becomes)
CHANGES = [
    ("80 degC", "81 degC"),
    ("margin: 3 K", "margin: 4 K"),
    ("within: 2 min", "within: 3 min"),
    ("fouling=0.3", "fouling=0.4"),
    ("Every action once", "Every action"),
]


@pytest.mark.parametrize(("old", "new"), CHANGES)
def test_another_text_is_another_procedure(load, book, old, new):
    one, two = (identity(book.site, load(text), {}) for text in (FULL, FULL.replace(old, new)))
    assert one["procedures"].keys() == two["procedures"].keys() == {"own.full"}
    assert one["procedures"] != two["procedures"]
    told = [{**i, "procedures": None, "titles": None} for i in (one, two)]
    assert told[0] == told[1]


def test_the_identity_is_what_is_run_and_how(load, book, blocks):
    options = {"seed": 1}
    told = identity(book.site, blocks, options)
    assert told == identity(book.site, load(SMALL, FULL), options)
    assert told["blocks"] == [block.key for block in blocks]
    assert told["options"] == options
    assert set(told["fmus"]) == set(book.site.plant.parts)
    assert told != identity(book.site, blocks[1:], options)
    assert json.loads(json.dumps(told)) == told


def own_site(folder):
    """A copy of a site whose files can be changed."""
    shutil.copytree(SITES / "mantsala", folder / "mine", ignore=shutil.ignore_patterns("built"))
    return load_site(str(folder / "mine"))


def touched(path):
    path.write_bytes(path.read_bytes() + b"\n")


def weather(site, folder, patch):
    touched(site.weather_path)
    return r"outside\.weather_winter_day\.csv"


def measured_load(site, folder, patch):
    touched(folder / TRACE_FILE)
    return r"outside\.it_load_frontier_24h\.csv"


def register_map(site, folder, patch):
    copy = folder / "maps"
    shutil.copytree(map_path("heat_pump").parent, copy)
    touched(copy / "heat_pump.csv")
    patch.setattr(firmware_sim, "_MAPS", copy)
    return r"maps\.heat_pump"


def other_link(site, folder, patch):
    path = site.document.path
    path.write_text(path.read_text().replace("link: hp_line\n", "link: site_lan\n"))
    return r"site_sha256, controllers\.heat_pump"


def nothing(site, folder, patch):
    touched(site.folder / "weather_year.csv")  # no input of a run comes from it
    return ""


@pytest.mark.parametrize("change", [weather, measured_load, register_map, other_link, nothing])
def test_with_other_files_a_run_is_not_gone_on_with(blocks, tmp_path, monkeypatch, change):
    site, options = own_site(tmp_path), {"data": str(tmp_path)}
    (tmp_path / TRACE_FILE).write_text("any bytes")
    run = tmp_path / "run"
    Book(run, identity(site, blocks, options), resume=False).close()
    said = change(site, tmp_path, monkeypatch)
    now = identity(load_site(str(site.folder)), blocks, options)
    if said:
        with pytest.raises(BadInput, match=f"cannot be resumed: {said} changed since"):
            Book(run, now, resume=True)
    else:
        Book(run, now, resume=True).close()


def test_a_site_without_measured_load_names_none(blocks, tmp_path):
    told = identity(own_site(tmp_path), blocks, {"data": None})
    assert list(told["outside"]) == ["weather_winter_day.csv"]
    assert set(told["maps"]) >= {c["map"] for c in told["controllers"].values()}
    assert told["controllers"]["network"]["role"] == "client"


def test_a_folder_in_which_no_times_can_be_kept_is_left_free(blocks, tmp_path):
    times = tmp_path / f"{NAME}.when"
    times.mkdir()
    with pytest.raises(BadInput, match=f"{tmp_path.name}: Is a directory"):
        Book(tmp_path, MINE, resume=False)
    times.rmdir()
    written(tmp_path, blocks)
    lengths = [int(line.split()[0]) for line in times.read_text().splitlines()]
    whole = (tmp_path / NAME).read_bytes()
    assert lengths == [i + 1 for i, byte in enumerate(whole) if byte == ord("\n")]
