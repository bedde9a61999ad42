"""Notes with photos: kept as they were said, without what a camera adds, and in the report."""

import base64
import hashlib
import json
import re
from io import BytesIO

import numpy as np
import pytest
from commission_sample import EVIL, KEYS, record
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageFile
from typer.testing import CliRunner

from hil.cli.commands import app
from hil.report import write_commission_report
from hil.report.photos import MOST_BYTES, cleaned
from hil.report.remarks import LONGEST, add_remark, read_remarks
from twin.errors import BadInput

GPS, TURNED, MAKER = 0x8825, 0x0112, 0x010F


def picture(width=1600, height=900):
    """White at the top left, red elsewhere."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[..., 0] = 200
    pixels[: height // 4, : width // 4] = 255
    return Image.fromarray(pixels)


def photo(path, turned=1, **more):
    """As a camera writes it: with the place, and turned by its orientation."""
    exif = Image.Exif()
    exif[TURNED] = turned
    exif[MAKER] = "SecretCamera"
    exif.get_ifd(GPS).update({1: "N", 2: (60.0, 38.0, 0.0), 3: "E", 4: (25.0, 19.0, 0.0)})
    picture(**more).save(path, exif=exif)
    return path


@pytest.fixture
def run(tmp_path):
    return record(tmp_path / "run")


def drawn(run):
    page = write_commission_report(run)
    twin = json.loads(page.with_suffix(".json").read_text(encoding="utf-8"))
    return page.read_text(encoding="utf-8"), twin


def told(*words):
    result = CliRunner().invoke(app, ["report", "note", *map(str, words)])
    return getattr(result.exception, "exit_code", result.exit_code), result


def test_a_note_stands_beside_its_deviation_and_in_the_json(run, tmp_path):
    code, result = told(
        run, EVIL, "--block", KEYS[0], "--by", "Anna Järvinen",
        "--photo", photo(tmp_path / "gauge.jpg"), "--photo", photo(tmp_path / "valve.png"),
    )  # fmt: skip
    assert code == 0, result
    page, twin = drawn(run)
    (remark,) = twin["remarks"]
    assert (remark["number"], remark["by"], remark["block"]) == (1, "Anna Järvinen", KEYS[0])
    assert remark["text"] == EVIL
    assert "<script" not in page
    assert [p["name"] for p in remark["photos"]] == ["gauge.jpg", "valve.png"]
    row = next(r for r in re.findall(r"<tr><td>1</td>.*?</tr>", page) if KEYS[0][-4:] in r)
    assert 'href="#n1"' in row
    assert "1.1 1.2" in row
    assert page.count('src="data:image/jpeg;base64,') == 2
    assert "img-src data:" in page


def test_what_a_camera_adds_is_left_out_and_the_picture_stands_upright(run, tmp_path):
    source = photo(tmp_path / "gauge.jpg", turned=6)
    assert b"SecretCamera" in source.read_bytes()
    add_remark(run, "turned", photos=[source])
    (kept,) = (run / "photos").iterdir()
    assert kept.stem == hashlib.sha256(kept.read_bytes()).hexdigest()
    assert b"SecretCamera" not in kept.read_bytes()
    with Image.open(kept) as image:
        assert not image.getexif()
        assert image.size == (900, 1600)
        white, red = image.getpixel((850, 50)), image.getpixel((50, 50))
    assert min(white) > 245  # what was at the top left is at the top right
    assert red[0] > 150
    assert red[1] < 60


@pytest.mark.parametrize("turned", range(1, 9))
def test_every_way_to_hold_a_camera(tmp_path, turned):
    """Source: Exif 2.3, 4.6.4 A: which corner of what is stored is the top left of the scene."""
    content, _ = cleaned(photo(tmp_path / "a.jpg", turned=turned, width=320, height=160))
    stored_corner_goes_to = {1: "lt", 2: "rt", 3: "rb", 4: "lb", 5: "lt", 6: "rt", 7: "rb", 8: "lb"}
    with Image.open(BytesIO(content)) as image:
        assert image.size == ((320, 160) if turned < 5 else (160, 320))
        width, height = image.size
        for corner, place in {
            "lt": (9, 9), "rt": (width - 9, 9), "rb": (width - 9, height - 9), "lb": (9, height - 9)
        }.items():  # fmt: skip
            white = min(image.getpixel(place)) > 240
            assert white is (corner == stored_corner_goes_to[turned]), corner


def test_a_report_stays_small(run, tmp_path):
    noise = np.random.default_rng(3).integers(0, 256, (2000, 3000, 3)).astype(np.uint8)
    Image.fromarray(noise).save(tmp_path / "noise.png")
    without = len(drawn(run)[0])
    add_remark(run, "much", photos=[tmp_path / "noise.png"])
    page, _ = drawn(run)
    assert len(page) - without < 1_000_000 < (tmp_path / "noise.png").stat().st_size
    (shown,) = re.findall(r'src="data:image/jpeg;base64,([^"]*)"', page)
    with Image.open(BytesIO(base64.b64decode(shown))) as image:
        assert max(image.size) == 1000


def test_what_is_transparent_is_white(run, tmp_path):
    Image.new("RGBA", (40, 40), (0, 0, 0, 0)).save(tmp_path / "clear.png")
    add_remark(run, "clear", photos=[tmp_path / "clear.png"])
    (shown,) = re.findall(r'src="data:image/jpeg;base64,([^"]*)"', drawn(run)[0])
    with Image.open(BytesIO(base64.b64decode(shown))) as image:
        assert min(image.getpixel((20, 20))) > 250


def test_the_same_notes_give_the_same_bytes_and_another_one_does_not(run, tmp_path):
    add_remark(run, "one", photos=[photo(tmp_path / "a.jpg")])
    first = drawn(run)
    assert drawn(run) == first
    assert first[1]["identity"]["notes_sha256"] in first[0]
    before = (run / "notes.jsonl").read_bytes()
    add_remark(run, "two", photos=[photo(tmp_path / "b.jpg")])  # the same picture
    assert (run / "notes.jsonl").read_bytes().startswith(before)
    assert len(list((run / "photos").iterdir())) == 1
    assert [r["text"] for r in drawn(run)[1]["remarks"]] == ["one", "two"]


def test_a_picture_that_was_cut_off_is_refused_after_a_pdf_was_drawn(tmp_path, monkeypatch):
    """WeasyPrint tells Pillow to be content with half of a picture."""
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    (tmp_path / "cut.jpg").write_bytes(broken(tmp_path))
    with pytest.raises(BadInput, match="truncated"):
        cleaned(tmp_path / "cut.jpg")
    assert ImageFile.LOAD_TRUNCATED_IMAGES


def broken(tmp_path):
    whole = photo(tmp_path / "whole.jpg").read_bytes()
    return whole[: len(whole) // 2]


# (what a file holds, what is said of it)
REFUSED = [
    (lambda tmp: b"GIF89a", "is no JPEG or PNG"),
    (lambda tmp: b"", "is no JPEG or PNG"),
    (lambda tmp: b"%PDF-1.7", "is no JPEG or PNG"),
    (lambda tmp: b"\xff\xd8\xff\xe0 and so on", "cannot be read as a picture"),
    (broken, "cannot be read as a picture"),
    (lambda tmp: b"\xff\xd8\xff" + bytes(MOST_BYTES), "30 MB is more than 30 MB"),
]


@pytest.mark.parametrize(("content", "said"), REFUSED)
def test_what_is_no_photo_is_refused_and_nothing_is_noted(run, tmp_path, content, said):
    fake = tmp_path / "photo.jpg"
    fake.write_bytes(content(tmp_path))
    code, result = told(run, "a note", "--photo", photo(tmp_path / "good.png"), "--photo", fake)
    assert code == 2
    assert f"photo.jpg: {said}" in str(result.exception)
    assert not (run / "notes.jsonl").exists()
    assert not (run / "photos").exists()


@pytest.mark.parametrize("side", [8_000, 20_000])
def test_a_picture_of_too_many_pixels_is_refused(tmp_path, side):
    Image.new("1", (side, side)).save(tmp_path / "huge.png")
    with pytest.raises(BadInput, match=r"huge\.png: .*has more than 60 million pixels"):
        cleaned(tmp_path / "huge.png")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["text", "--block", "hp.limit@hp1/hgih"], f"did you mean '{KEYS[0]}'"),
        ([" \n "], "says nothing"),
        (["x" * (LONGEST + 1)], f"are more than {LONGEST}"),
        (["text", "--photo", "nowhere.jpg"], "nowhere.jpg: No such file"),
    ],
)
def test_what_cannot_be_noted_is_refused(run, words, said):
    code, result = told(run, *words)
    assert code == 2
    assert said in str(result.exception)
    assert not (run / "notes.jsonl").exists()


def test_no_run_is_refused(tmp_path):
    assert told(tmp_path, "text")[0] == 2


def test_a_photo_that_was_changed_is_not_shown(run, tmp_path):
    add_remark(run, "one", photos=[photo(tmp_path / "a.jpg"), photo(tmp_path / "b.png")])
    jpeg, png = sorted((run / "photos").iterdir(), key=lambda path: path.suffix)
    jpeg.write_bytes(jpeg.read_bytes() + b"x")
    png.unlink()
    page, _ = drawn(run)
    assert "is not what it was when the note was written" in page
    assert f"{png.name}: No such file" in page
    assert "data:image" not in page


def test_a_photo_from_elsewhere_is_not_shown(run, tmp_path):
    content = photo(tmp_path / "own.png").read_bytes()
    line = {
        "utc": "2026-01-01T00:00:00Z", "by": "x", "block": "", "text": "look",
        "photos": [{"sha256": hashlib.sha256(content).hexdigest(), "file": "../own.png",
                    "name": "own.png"}],
    }  # fmt: skip
    (run / "notes.jsonl").write_text(json.dumps(line) + "\n")
    page, _ = drawn(run)
    assert "is not among the photos of the run" in page
    assert "data:image" not in page


def test_a_note_that_was_cut_off_never_counted(run):
    add_remark(run, "one")
    add_remark(run, "two")
    path = run / "notes.jsonl"
    path.write_bytes(path.read_bytes()[:-9])
    assert [r.text for r in read_remarks(run).every] == ["one"]
    assert "its last line was cut off" in drawn(run)[0]
    add_remark(run, "three")
    assert [r.text for r in read_remarks(run).every] == ["one", "three"]
    assert read_remarks(run).wrong == ""


@given(st.binary(max_size=200))
def test_no_file_of_notes_breaks_a_report(tmp_path_factory, content):
    folder = tmp_path_factory.mktemp("notes")
    (folder / "notes.jsonl").write_bytes(content)
    found = read_remarks(folder)
    assert found.wrong or not content.strip() or not content.strip(b"\n")
