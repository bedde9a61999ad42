"""The PDF of a small run, read back by poppler: its text, its pages, its margins, its bytes."""

import base64
import contextlib
import copy
import os
import re
import shutil
import subprocess
import sys
import zlib
from xml.etree import ElementTree

import numpy as np
import pytest
from commission_sample import ENDS, KEYS, record, step

from hil.gate.audit import AuditLog
from hil.report import without_pdf, write_commission_report, write_pdf
from hil.report.pdf import pdf_of
from twin.errors import BadInput

WHY = without_pdf()
pytestmark = [
    pytest.mark.skipif(bool(WHY), reason=WHY),
    pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no poppler-utils here"),
]
XHTML = "{http://www.w3.org/1999/xhtml}"
LONG = "Bedienungsanleitung" * 12
"""A word that is wider than any page."""
LINES = 60
"""Of the audit log, besides those of the sample [-]."""
A4 = (595.276, 841.89)
MARGIN = 42.0
"""White at each side; the running lines stand above and below the text [pt]."""


def long_run(folder):
    """Text that is too wide everywhere, more steps than a page has lines, a long log."""
    ends = copy.deepcopy(ENDS)
    ends[0]["steps"][2] |= {"text": LONG, "why": LONG}
    ends[0]["why"] = LONG
    ends[2]["steps"] += [step(f"wait {n} s", why="waited") for n in range(80)]
    folder = record(folder, ends)
    log = AuditLog(folder / "gate")
    for n in range(LINES):
        log.add("write", device=f"d{LONG}", points=[f"p{n}", LONG], wanted=[n / 7], reason=LONG)
    log.close()
    return folder


@pytest.fixture(scope="module")
def pdf(tmp_path_factory):
    return write_pdf(write_commission_report(long_run(tmp_path_factory.mktemp("runs") / "run")))


@pytest.fixture(scope="module")
def pages(pdf):
    """Words with their places on each page."""
    said = subprocess.run(
        ["pdftotext", "-bbox", str(pdf), "-"], check=True, capture_output=True, text=True
    )
    found = ElementTree.fromstring(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", said.stdout))
    return list(found.iter(f"{XHTML}page"))


def words(page):
    return [str(word.text) for word in page.iter(f"{XHTML}word")]


def text_of(pdf):
    said = subprocess.run(
        ["pdftotext", "-layout", str(pdf), "-"], check=True, capture_output=True, text=True
    )
    return said.stdout


def without_spaces(text):
    return re.sub(r"\s", "", text)


def test_all_that_is_in_the_page_is_on_paper(pdf):
    text = without_spaces(text_of(pdf))
    for key in KEYS:
        assert without_spaces(key) in text
    assert "wait76s" in text
    assert "T[°C]" in text  # letters of the pictures
    assert "✗step3:fail" in text
    assert f"✓Chainverified:{LINES + 4}lines" in text


def test_the_number_of_pages_is_sane_and_each_says_which_it_is(pages):
    assert 15 <= len(pages) <= 35
    for i, page in enumerate(pages, 1):
        said = words(page)
        assert " ".join(said).count(f"page {i} of {len(pages)}") == 1
        assert (said[:3] == ["Commissioning", "of", "somewhere"]) is (i > 1)
        assert len(said) > 40, f"page {i} is nearly empty"


def test_nothing_stands_outside_of_the_text_block(pages):
    for i, page in enumerate(pages, 1):
        size = float(page.get("width")), float(page.get("height"))
        assert np.allclose(size, A4, atol=0.01)
        for word in page.iter(f"{XHTML}word"):
            left, right = float(word.get("xMin")), float(word.get("xMax"))
            assert left >= MARGIN, (i, word.text)
            assert right <= A4[0] - MARGIN, (i, word.text)
            assert float(word.get("yMax")) <= A4[1] - 18.0, (i, word.text)


def test_margins_are_white(pdf, tmp_path):
    image = pytest.importorskip("PIL.Image")
    command = ["pdftoppm", "-r", "50", "-png", str(pdf), str(tmp_path / "p")]
    subprocess.run(command, check=True)
    files = sorted(tmp_path.glob("p*.png"))
    side = int(MARGIN / 72 * 50) - 1
    for file in files:
        pixels = np.asarray(image.open(file).convert("L"))
        assert (pixels[:, :side] > 250).all(), file.name
        assert (pixels[:, -side:] > 250).all(), file.name
        assert (pixels < 200).any(), file.name


def test_tables_say_their_heads_again_and_rows_are_not_cut(pages):
    log = [p for p in pages if words(p).count("write") > 1]
    assert len(log) > 3
    for page in log:
        assert {"UTC", "wanted", "before", "after"} <= set(words(page))
    firsts = [w for p in log for w in words(p) if re.fullmatch(r"p\d+,", w)]
    assert firsts == [f"p{n}," for n in range(LINES)]
    numbers = [[int(w) for w in words(p) if w.isdigit()] for p in log]
    assert set(range(5, 5 + LINES)) <= {n for page in numbers for n in page}


def test_no_row_goes_over_two_pages(pages):
    """Where a row of the log begins, all the long words of its three cells are."""
    checked = 0
    for page in pages:
        rows = sum(bool(re.fullmatch(r"p\d+,", w)) for w in words(page))
        if rows:
            assert "".join(words(page)).count("B") == 3 * LONG.count("B") * rows
            checked += rows
    assert checked == LINES


def test_the_signatures_stay_together(pages):
    (page,) = [p for p in pages if "Signatures" in words(p)]
    assert {"Customer", "Contractor", "signature", "Remarks"} <= set(words(page))


def test_a_procedure_s_heading_stands_with_its_first_block(pages):
    for heading, key in (("hp.limit on hp1", KEYS[0]), ("hp.start on hp1", KEYS[2])):
        (page,) = [p for p in pages if heading in " ".join(words(p))]
        said = " ".join(words(page))
        assert f"{key} " in said[said.index(heading) :]
        assert "from – to" in said[said.index(f"{key} ") :]  # and the head of its steps


def inflated(data):
    """What is in the compressed streams of a PDF."""
    for stream in re.findall(rb"stream\n(.*?)\nendstream", data, re.DOTALL):
        with contextlib.suppress(zlib.error):
            yield zlib.decompress(stream)


def test_it_can_be_found_one_s_way_in(pdf):
    """Title, language, bookmarks, and letters that are there on every machine."""
    info = subprocess.run(["pdfinfo", str(pdf)], check=True, capture_output=True, text=True).stdout
    assert "Commissioning report somewhere · run" in info
    assert "Date" not in info
    assert re.search(r"Tagged: +yes", info)
    data = b"".join(inflated(pdf.read_bytes()))
    assert b"/Lang (en)" in data
    assert b"/Outlines" in data
    assert b"/Annots" in data  # links from deviations to blocks
    assert b"measured, predicted and expected over time" in data  # for who cannot see a picture
    fonts = subprocess.run(["pdffonts", str(pdf)], check=True, capture_output=True, text=True)
    rows = fonts.stdout.splitlines()[2:]
    assert rows
    for row in rows:
        assert "+hukka" in row
        assert row.split()[-5] == "yes"  # embedded


def test_the_same_page_gives_the_same_bytes_in_any_process(pdf, tmp_path):
    """Another hash seed, another clock, another place on earth, and a machine without fonts."""
    none = tmp_path / "fonts.conf"
    none.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig></fontconfig>'
    )
    program = (
        "import sys, time\n"
        "shift = float(sys.argv[1])\n"
        "real = time.time\n"
        "time.time = lambda: real() + shift\n"
        "from pathlib import Path\n"
        "from hil.report.pdf import pdf_of, refuse_pdf\n"
        "refuse_pdf()\n"
        "Path(sys.argv[3]).write_bytes(pdf_of(Path(sys.argv[2]).read_text('utf-8')))\n"
    )
    page, drawn = pdf.with_suffix(".html"), []
    for seed, shift, zone in (("1", "0", "UTC"), ("2", "1e8", "Asia/Tokyo")):
        out = tmp_path / f"{seed}.pdf"
        own = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone}
        own |= {"FONTCONFIG_FILE": str(none)} if seed == "2" else {}
        words = [sys.executable, "-c", program, shift, str(page), str(out)]
        done = subprocess.run(words, check=True, env=own, capture_output=True, text=True)
        assert done.stderr == ""
        drawn.append(out.read_bytes())
    assert drawn[0] == drawn[1] == pdf.read_bytes()


def test_a_page_loads_nothing(tmp_path):
    image = pytest.importorskip("PIL.Image")
    file = tmp_path / "picture.png"
    image.new("RGB", (40, 40), "red").save(file)
    inside = f"data:image/png;base64,{base64.b64encode(file.read_bytes()).decode()}"
    for address, shown in ((inside, True), (file.as_uri(), False), ("http://127.0.0.1:9/", False)):
        page = f'<html><head><style></style></head><body><img src="{address}"></body></html>'
        assert (b"/Image" in pdf_of(page)) is shown, address


def test_a_place_that_cannot_be_written_is_refused(pdf, tmp_path):
    page = tmp_path / "report.html"
    shutil.copy(pdf.with_suffix(".html"), page)
    page.with_suffix(".pdf").mkdir()
    with pytest.raises(BadInput, match=r"report\.pdf: cannot be written"):
        write_pdf(page)
