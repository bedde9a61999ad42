"""The report of a small commissioning run, read back by a parser."""

import json
import re
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import pytest
from commission_sample import ENDS, EVIL, KEYS, Page, record

from hil.report import is_commission, write_commission_report
from twin.errors import BadInput

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return record(tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture(scope="module")
def page(run: Path) -> str:
    return write_commission_report(run).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def twin(run: Path, page: str) -> dict:
    return json.loads((run / "report.json").read_text(encoding="utf-8"))


def section(page: str, key: str) -> str:
    """The text of the page from the heading of a block to the next block's."""
    return page[page.index(f">{key} <span") :].partition("<section")[0]


def test_the_same_run_gives_the_same_bytes(run, page):
    first = page.encode(), (run / "report.json").read_bytes()
    again = write_commission_report(run)
    assert (again.read_bytes(), (run / "report.json").read_bytes()) == first


def test_every_step_and_verdict_and_requirement_is_in_the_page(page):
    seen = Page(page)
    for one in ENDS:
        for s in one["steps"]:
            rows = [r for r in seen.rows if len(r) == 5 and r[3].startswith(s["text"])]
            assert any(r[1].endswith(s["verdict"]) and r[4] == s["why"] for r in rows), s
    for requirement in ("R-1", "R-2", "R-3", "R-4"):
        assert any(r[0] == requirement and len(r) == 5 for r in seen.rows)
    for key in KEYS:
        assert f">{key} <span" in page
    limits = next(r for r in seen.rows if len(r) == 5 and r[3].startswith("T is 85"))
    assert limits[2:4] == ["2 to 62 s", "T is 85 degC ± 1 K within 60 s [84 to 86 °C] (R-2)"]


def test_tiles_count_procedures(page, twin):
    counts = {"procedures": 3, "failed": 1, "blocked": 1, "passed": 1, "inconclusive": 0}
    assert {name: twin["summary"][name] for name in counts} == counts
    tiles = re.findall(r'label">([^<]*)</span><span class="value">([^<]*)', page)
    assert ("✗ failed", "1") in tiles
    assert ("⊘ blocked", "1") in tiles


def test_requirements_that_did_not_pass_come_first(twin):
    found = [(p["requirement"], p["procedure"], p["verdict"]) for p in twin["requirements"]]
    assert found == [
        ("R-2", "hp.limit", "fail"),
        ("R-1", "hp.limit", "inconclusive"),  # its steps passed, but the block ended early
        ("R-3", "hp.start", "blocked"),
        ("R-4", "hp.start", "blocked"),
        ("R-1", "net.watch", "pass"),
    ]


def test_deviations_say_what_was_expected_and_found_and_where(page, twin):
    seen = Page(page)
    rows = [r for r in seen.rows if len(r) == 7 and r[0].isdigit()]
    assert [r[1:] for r in rows] == [
        ["✗ failhp.limit@hp1/high, step 3", "R-2", "T is 85 degC ± 1 K within 60 s",
         "after 60 s T is 95 degC", "", ""],
        ["? inconclusivehp.limit@hp1/low, step 1", "R-1", EVIL, "P has no value", "", ""],
        ["⊘ blockedhp.start@hp1/blocked", "R-3, R-4", "before it begins: state is TRIPPED",
         "state is RUNNING", "", ""],
    ]  # fmt: skip
    not_tried = [(d["block"], d["step"]) for d in twin["skipped"]]
    assert not_tried == [("net.watch/quiet", 1), ("net.watch/skips", None)]
    assert len(seen.ids) == len(set(seen.ids))
    assert all(link.startswith("#") and link[1:] in seen.ids for link in seen.links)
    assert {f"#{d['anchor']}" for d in twin["deviations"]} <= set(seen.links)


def test_words_of_others_stay_words(page):
    assert "<script" not in page
    assert EVIL in Page(page).text
    assert "default-src 'none'" in page


def test_a_picture_has_the_points_the_stages_and_the_failure(page):
    own = section(page, KEYS[0])
    picture = ElementTree.fromstring(re.findall(r"<svg.*?</svg>", own, re.DOTALL)[0])
    texts = [node.text for node in picture.iter(f"{SVG}text")]
    assert {"T [°C]", "state", "LIMITED", "1 force T = 95 degC", "✗ step 3: fail"} <= {*texts}
    assert not any("P [" in str(text) for text in texts)  # nobody spoke of it
    lines = [p.get("style", "") for p in picture.iter(f"{SVG}path")]
    assert any("stroke: #0072b2" in style and "dasharray" in style for style in lines)
    assert any("stroke: #b3261e" in style for style in lines)


def test_what_is_not_drawn_says_why(page):
    assert "No picture: it took no time" in section(page, KEYS[4])
    assert "No picture: traces/gone.csv is missing" in section(page, KEYS[5])
    assert "no value" in section(page, KEYS[1])
    assert "<svg" in section(page, KEYS[3])


def test_a_run_that_is_not_finished_says_so(tmp_path):
    folder = record(tmp_path / "run", ENDS[:3], tail=b'{"begin": "hp.start@hp1/bl')
    text = Page(write_commission_report(folder).read_text(encoding="utf-8")).text
    assert "This run is not finished: 4 of 7 blocks have no verdict." in text
    assert "The last line of the record was cut off" in text
    twin = json.loads((folder / "report.json").read_text())
    assert twin["summary"]["no_verdict"] == 2
    assert [d["found"] for d in twin["deviations"][2:]] == ["was not begun"] * 4


def test_a_block_that_was_cut_off_was_begun(tmp_path):
    folder = record(tmp_path / "run", ENDS[:3], tail=b'{"begin": "hp.start@hp1/blocked"}\n')
    write_commission_report(folder)
    twin = json.loads((folder / "report.json").read_text())
    assert [d["found"] for d in twin["deviations"]][2] == "was begun, and its end is not recorded"


def test_audit_log_is_told_and_verified(page, twin):
    seen = Page(page)
    assert "✓ Chain verified: 4 lines" in seen.text
    row = next(r for r in seen.rows if r[2:3] == ["confirmed"])
    assert (row[0], row[3:8]) == ("3", ["hp1", "enable", "1", "0", "1"])
    back = next(r for r in seen.rows if r[2:3] == ["put back"])
    assert back[5:] == ["0", "1", "", "the end"]
    assert next(r for r in seen.rows if r[2:3] == ["write"])[8] == EVIL
    assert twin["audit"]["verified"]


def test_what_is_wrong_with_the_audit_log_is_told(tmp_path):
    folder = record(tmp_path / "run")
    log = folder / "gate" / "audit.jsonl"
    log.write_bytes(log.read_bytes().replace(b'"wanted":[1.0]', b'"wanted":[2.0]', 1))
    text = Page(write_commission_report(folder).read_text(encoding="utf-8")).text
    assert "✗ The chain does not hold" in text
    assert "audit.jsonl:2: changed: its hash does not fit it" in text
    assert "Chain verified" not in text


def test_what_the_log_held_before_the_run_is_checked_and_not_told(tmp_path):
    """Before cabinets the log is one for all that this user writes."""
    folder = record(tmp_path / "run")
    book = folder / "commission.jsonl"
    lines = [json.loads(line) for line in book.read_text().splitlines()]
    told = "".join(json.dumps(o | {"logged": 2} if "begin" in o else o) + "\n" for o in lines)
    book.write_text(told)
    write_commission_report(folder)
    audit = json.loads((folder / "report.json").read_text())["audit"]
    assert [line["n"] for line in audit["lines"]] == [3, 4]
    assert audit["verified"]


def test_without_an_audit_log_it_says_so(tmp_path):
    folder = record(tmp_path / "run", audit=False)
    text = Page(write_commission_report(folder).read_text(encoding="utf-8")).text
    assert "There is no audit log" in text
    assert str(tmp_path) not in text
    assert not json.loads((folder / "report.json").read_text())["audit"]["verified"]


def test_the_json_says_what_the_page_says(page, twin):
    seen = Page(page)
    assert [b["key"] for b in twin["blocks"]] == KEYS
    assert [b["verdict"] for b in twin["blocks"]] == [one["verdict"] for one in ENDS]
    for block in twin["blocks"]:
        own = unescape(section(page, block["key"]))
        assert block["why"] in own
        for s in block["steps"]:
            assert f'id="{block["anchor"]}s{s["number"]}"' in own
            assert s["text"] in own
            assert s["why"] in own
    for proof in twin["requirements"]:
        begin = [proof["requirement"], proof["procedure"], proof["controller"] or "–"]
        row = next(r for r in seen.rows if r[:3] == begin)
        assert row[3].endswith(proof["verdict"])
        assert all(block["name"] in row[4] for block in proof["blocks"])
    lines = [[str(line["n"]), line["event"]] for line in twin["audit"]["lines"]]
    assert [[r[0], r[2]] for r in seen.rows if len(r) == 9 and r[0] != "n"] == lines
    for text in (twin["identity"]["site_sha256"], twin["identity"]["record_sha256"]):
        assert text in seen.text


def test_it_goes_where_it_is_told(run, page, tmp_path):
    assert is_commission(run)
    assert write_commission_report(run, tmp_path) == tmp_path / "report.html"
    assert write_commission_report(run, tmp_path / "a.html").read_text(encoding="utf-8") == page
    assert (tmp_path / "a.json").read_bytes() == (run / "report.json").read_bytes()
    with pytest.raises(BadInput, match="name the HTML file otherwise"):
        write_commission_report(run, tmp_path / "a.json")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "nothing is recorded yet"),
        ('{"run": {"bl', "nothing is recorded yet"),
        ('{"begin": "a/b"}\n', "is not the record of a run"),
        ("[]\n", "is not the record of a run"),
        ('{"run": {"blocks": [], "fmus": [3]}}\n', "is not the record of a run"),
        ('{"run": {"blocks": 3}}\n', "is not the record of a run"),
        ('{"run": {"blocks": []}}\n{"end": {"procedure": "x"}}\n', "is not the record of a run"),
    ],
)
def test_what_is_no_record_is_refused(tmp_path, text, said):
    (tmp_path / "commission.jsonl").write_text(text)
    with pytest.raises(BadInput, match=said):
        write_commission_report(tmp_path)
    assert not list(tmp_path.glob("report.*"))
