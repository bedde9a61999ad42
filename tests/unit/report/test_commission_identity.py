"""Who the controllers say they are, with what was measured, and what is not recorded."""

import copy
import json

import pytest
from commission_sample import ENDS, EVIL, KEYS, Page, record

from hil.report import write_commission_report
from hil.report.compare import compare

DEVICES = {
    "hp1": {
        "vendor": "Example Oy", "product_code": "HP-3600", "product": "Heat pump",
        "revision": "2.14", "object_0x80": "4711", "serial_number": "SN 0815", "url": EVIL,
    },
    "net": {},
}  # fmt: skip
INSTRUMENTS = [
    {
        "id": "P-17",
        "kind": "gauge",
        "serial": "123",
        "certificate": "FI-7",
        "expires": "1999-05-01",
    },
    {"id": "T-3", "kind": "Pt100", "serial": "9", "certificate": "FI-8", "expires": "2999-01-01"},
    {"id": "T-4", "expires": "next spring"},
]
FIGURES = {"value [bar]": 1.9, "instrument": "P-17", "by": "Anna"}


def told(folder, ends=ENDS, **more):
    folder = record(folder, ends)
    path = folder / "commission.jsonl"
    first, _, rest = path.read_text().partition("\n")
    plain = json.loads(first)
    plain["run"] |= more
    path.write_text(f"{json.dumps(plain)}\n{rest}")
    return folder


def manual(**figures):
    """The sample, with a step that somebody did."""
    ends = copy.deepcopy(ENDS)
    ends[5]["steps"][0] |= {
        "action": "manual", "verdict": "pass", "why": "within 1 to 2 bar", "figures": figures
    }  # fmt: skip
    return ends


def seen(folder):
    page = Page(write_commission_report(folder).read_text(encoding="utf-8"))
    return page, json.loads((folder / "report.json").read_text(encoding="utf-8"))


def row(page, first):
    return next(r for r in page.rows if r[0] == first and len(r) == 6)


def test_a_controller_says_who_it_is(tmp_path):
    page, twin = seen(told(tmp_path / "run", devices=DEVICES))
    assert row(page, "hp1") == [
        "hp1", "Example Oy", "Heat pump, HP-3600", "2.14", "SN 0815",
        f"object 0x80: 4711, url: {EVIL}",
    ]  # fmt: skip
    assert row(page, "net")[1:5] == ["does not say"] * 4
    assert twin["identity"]["devices"] == DEVICES


def test_where_nobody_asked_it_says_so(tmp_path):
    page, twin = seen(record(tmp_path / "run"))
    assert "Nobody asked the controllers who they are" in page.text
    assert "none was used" in page.text
    assert twin["identity"]["devices"] == {}


def test_the_site_says_what_a_controller_is(tmp_path):
    of = {"type": "heat_pump", "role": "server", "link": "hp_line", "transport": "rtu",
          "unit": 3, "map": "heat_pump", "emulated": True}  # fmt: skip
    ours, _ = seen(told(tmp_path / "ours", controllers={"hp1": of}))
    assert ["hp1", "heat_pump, server", "heat_pump", "emulated, tcp", "3"] in [
        r[:5] for r in ours.rows
    ]
    real, _ = seen(told(tmp_path / "real", controllers={"hp1": {**of, "emulated": False}}))
    assert "hp_line, rig:hp1" in [r[3] for r in real.rows if r[0] == "hp1" and len(r) == 8]


def test_what_a_person_read_is_shown_with_who_and_with_what(tmp_path):
    page, twin = seen(told(tmp_path / "run", manual(**FIGURES), instruments=INSTRUMENTS))
    why = next(r[4] for r in page.rows if len(r) == 5 and r[3].startswith("read the plate"))
    assert why == "within 1 to 2 barread 1.9 bar with P-17, by Anna"
    steps = next(b["steps"] for b in twin["blocks"] if b["key"] == KEYS[5])
    assert (steps[0]["read"], steps[0]["instrument"], steps[0]["by"]) == ("1.9 bar", "P-17", "Anna")


@pytest.mark.parametrize(
    ("figures", "said"),
    [
        ({"value [bar]": 1.9}, "read 1.9 bar"),
        ({"value [-]": 3}, "read 3"),
        ({"by": "Anna"}, "by Anna"),
        ({"value [bar]": None, "instrument": None, "by": None}, ""),
        ({}, ""),
    ],
)
def test_what_is_not_recorded_of_a_manual_step_is_not_said(tmp_path, figures, said):
    page, _ = seen(told(tmp_path / "run", manual(**figures)))
    why = next(r[4] for r in page.rows if len(r) == 5 and r[3].startswith("read the plate"))
    assert why.removeprefix("within 1 to 2 bar") == said


def test_an_instrument_without_a_valid_certificate_stands_out(tmp_path):
    folder = told(tmp_path / "run", manual(**FIGURES), instruments=INSTRUMENTS)
    page, _ = seen(folder)
    assert row(page, "P-17")[4:] == ["✗ expired 1999-05-01", f"{KEYS[5]} step 1"]
    assert row(page, "T-3")[1:] == ["Pt100", "9", "FI-8", "2999-01-01", "nothing"]
    assert row(page, "T-4")[4] == "✗ next spring is no date"
    assert "Instrument P-17 was used, and its certificate: expired 1999-05-01." in page.text
    assert "Instrument T-4 was used" not in page.text
    html = (folder / "report.html").read_text(encoding="utf-8")
    assert html.count('<tr class="bad"><td class="w">P-17') == 1
    assert '<tr class="bad"><td class="w">T-3' not in html


def test_an_instrument_that_nobody_listed_stands_out(tmp_path):
    page, _ = seen(told(tmp_path / "run", manual(instrument="X-1"), instruments=INSTRUMENTS))
    assert row(page, "X-1")[1] == "✗ not among the instruments of the run"
    assert "Instrument X-1 was used and is not among those of the run." in page.text


def test_hashes_of_maps_and_weather_are_there(tmp_path):
    page, _ = seen(told(tmp_path / "run", maps={"hp": "ee" * 32}, outside={"day.csv": "ff" * 32}))
    assert ["register map hp", "ee" * 32] in page.rows
    assert ["weather or load day.csv", "ff" * 32] in page.rows


def test_another_firmware_is_a_change(tmp_path):
    newer = copy.deepcopy(DEVICES)
    newer["hp1"]["revision"] = "2.15"
    one = told(tmp_path / "a", devices=DEVICES, maps={"hp": "ee" * 32}, hukka="0.1.0")
    two = told(tmp_path / "b", devices=newer, maps={"hp": "ff" * 32}, hukka="0.2.0")
    assert compare(one, two).identity == (
        "hukka: 0.1.0 → 0.2.0",
        "maps.hp: eeeeeeeeeeee… → ffffffffffff…",
        "devices.hp1.revision: 2.14 → 2.15",
    )


def test_a_device_that_was_not_there_and_another_certificate_are_changes(tmp_path):
    later = [{**INSTRUMENTS[0], "expires": "2030-01-01"}]
    one = told(tmp_path / "a", devices={"hp1": {"vendor": "A"}}, instruments=INSTRUMENTS[:1])
    two = told(tmp_path / "b", devices={"net": {}}, instruments=later)
    assert compare(one, two).identity == (
        "devices.hp1: A → not recorded",
        "devices.net: not recorded → says nothing",
        "instruments.P-17.expires: 1999-05-01 → 2030-01-01",
    )
