"""The files of the page: languages that say the same, colours that can be read, short modules."""

import csv
import errno
import json
import os
import re
from http import HTTPStatus
from pathlib import Path

import pytest

import hil.page
import twin.alarms
import twin.site
from hil.commissioning.verdict import Verdict
from hil.page import kpis
from twin import pipeline
from twin.diagnosis.isa import Action, State
from twin.diagnosis.verdict import Standing
from twin.observers import gate
from twin.signals import Quality, conversion, known_units
from twin.site import list_sites, load_site
from twin.site.quantity import si_unit

ASSETS = Path(hil.page.__file__).parent / "assets"
MODULES = sorted(ASSETS.glob("*.js"))
LANGUAGES = ("en", "fi")
FIRST = {name: json.loads((ASSETS / f"{name}.json").read_text("utf-8")) for name in LANGUAGES}
LATER = {name: json.loads((ASSETS / f"{name}.views.json").read_text("utf-8")) for name in LANGUAGES}
WORDS = {name: FIRST[name] | LATER[name] for name in LANGUAGES}
SOURCE = "\n".join(path.read_text("utf-8") for path in MODULES)
LONGEST = 300

# (text, what it stands on) of the style sheets; `tests/system/test_page_weight.py` asks the browser
PAIRS = [
    *((text, on) for text in ("ink", "muted", "accent") for on in ("bg", "surface", "raised")),
    *((f"on-{p}", p) for p in ("high", "medium", "low", "diagnostic", "accent")),
    *((text, "surface") for text in ("high", "medium", "mark")),
    *((f"series-{n}", "surface") for n in range(8)),
    ("stale", "stale-bg"),
    ("replay", "replay-bg"),
]


def themes():
    """Colours of each theme, by name."""
    css = (ASSETS / "theme.css").read_text("utf-8")
    found = {}
    for selector, body in re.findall(r'(:root|\[data-theme="\w+"\])\s*\{(.*?)\}', css, re.DOTALL):
        name = "light" if selector == ":root" else re.search(r'"(\w+)"', selector)[1]
        found[name] = dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{6});", body))
    return found


def luminance(colour):
    """Relative luminance of `#rrggbb`, WCAG 2.2."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    """Contrast of two colours [-]."""
    high, low = sorted((luminance(a), luminance(b)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_contrast_is_that_of_the_standard():
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    # 4.48, the known near miss of #777 on white
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("theme", ["light", "dark", "night"])
def test_text_keeps_wcag_aa_on_what_it_stands_on(theme):
    colours = themes()[theme]
    poor = {
        f"{text} on {on}": round(contrast(colours[text], colours[on]), 2)
        for text, on in PAIRS
        if contrast(colours[text], colours[on]) < 4.5
    }
    assert poor == {}


def test_every_theme_has_every_colour():
    every = themes()
    assert set(every) == {"light", "dark", "night"}
    assert every["light"].keys() == every["dark"].keys() == every["night"].keys()


def test_every_colour_that_is_used_is_defined():
    used = set()
    for path in [*ASSETS.glob("*.css"), *MODULES]:
        used |= set(re.findall(r"(?:var\(|\")--([\w-]+)", path.read_text("utf-8")))
    used.discard("series-")
    assert used - themes()["light"].keys() == set()


def test_both_languages_say_the_same():
    assert WORDS["en"].keys() == WORDS["fi"].keys()
    blanks = {
        name: {k: set(re.findall(r"\{(\w+)\}", v)) for k, v in w.items()}
        for name, w in WORDS.items()
    }
    assert blanks["en"] == blanks["fi"]


def sentences():
    """All sentences of the server that have a Finnish one."""
    tables = [json.loads(p.read_text("utf-8")) for p in ASSETS.glob("sentences.*.fi.json")]
    return {text: other for table in tables for text, other in table.items()}


def test_what_the_server_says_is_there_in_finnish():
    said = sentences()
    sites = {load_site(name).title for name in list_sites()}
    checks = {row["check"] for row in rows_of(twin.site, "faults.csv")}
    definitions = {row["definition"] for row in rows_of(twin.alarms, "rates.csv")}
    reasons = {gate.OUTSIDE, pipeline.OUTSIDE}
    assert len(checks) > 40
    sources = {figure.source for figure in kpis._FIGURES.values()}
    named = {f"{base}, metered behind the heat pump" for base in said}
    assert (checks | definitions | reasons | sites | sources) - said.keys() - named == set()
    blanks = re.compile(r"\{(\w+)\}")
    assert [
        k for k, v in said.items() if not set(blanks.findall(v)) <= set(blanks.findall(k))
    ] == []


def test_nothing_is_translated_that_nobody_says():
    said = sentences()
    root = Path(hil.page.__file__).parents[2]
    files = [
        p
        for room in ("hil", "twin", "sites")
        for kind in ("py", "csv", "yaml")
        for p in room_of(root, room, kind)
    ]
    # sentences that were broken into lines are one again
    source = re.sub(r'"\s*\n\s*f?"', "", "\n".join(p.read_text("utf-8") for p in files))
    blank = r"\{\w+\}| (?:above|below) "  # a word that is put in, too
    others = {os.strerror(n) for n in errno.errorcode} | {status.phrase for status in HTTPStatus}
    longest = {key: max(re.split(blank, key), key=len) for key in said.keys() - others}
    assert [key for key, part in longest.items() if part.strip() not in source] == []


def room_of(root, room, kind):
    return (root / room).rglob(f"*.{kind}")


def rows_of(package, name):
    with (Path(package.__file__).parent / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_key_of_the_source_is_there():
    asked = set(re.findall(r"\bt\(\"([\w.]+)\"", SOURCE))
    asked |= set(
        re.findall(r"(?:fact\(|\[)\"((?:health|evidence|procedures|keys|rates)\.[\w.]+)\"", SOURCE)
    )
    assert len(asked) > 60
    assert asked - WORDS["en"].keys() == set()


def test_what_the_first_view_says_is_fetched_with_it():
    """Words of other views come with these: what the plant's modules ask for must be there."""
    first = needed_at_first() | {"login_view.js"}
    source = "\n".join((ASSETS / name).read_text("utf-8") for name in sorted(first))
    later = {key for key in LATER["en"] if f'"{key}"' in source}
    asked = r"\bt\(`(\w+)\.\$|\.of\(\"(\w+)\"|table\[`(\w+)\.\$"
    groups = {group for found in re.findall(asked, source) for group in found if group}
    assert {"view", "quality", "fault"} <= groups
    assert later | {key for key in LATER["en"] if key.split(".")[0] in groups} == set()
    assert FIRST["en"].keys() & LATER["en"].keys() == set()


def test_groups_of_words_that_the_source_puts_together_are_there():
    groups = set(re.findall(r"\bt\(`([\w.]+)\.\$", SOURCE)) | set(
        re.findall(r"(?:words|this)\.of\(\"(\w+)\"", SOURCE)
    )
    assert groups
    known = {key.split(".")[0] for key in WORDS["en"]}
    assert groups - known == set()


def test_no_word_is_left_over():
    said = {
        "state",
        "action",
        "quality",
        "standing",
        "variable",
        "part",
        "fault",
        "kpi",
        "rate",
        "kind",
        "factor",
    }
    said |= {"verdict", "procedure", "role", "theme", "priority", "group", "deed", "span", "view"}
    alone = [key for key in WORDS["en"] if key.split(".")[0] not in said]
    last = re.compile(r"`(\w+)\.\$\{")
    built = set(last.findall(SOURCE))
    unused = [k for k in alone if f'"{k}"' not in SOURCE and k.split(".")[0] not in built]
    assert unused == []


def test_words_of_alarms_are_those_of_the_standard():
    for group, names in {
        "state": [s.value for s in State],
        "action": [a.value for a in Action],
        "standing": [s.value for s in Standing],
        "quality": [q.name.lower() for q in Quality],
        "verdict": [v.value for v in Verdict],
        "factor": [factor for figure in kpis._FIGURES.values() for factor in figure.factors],
    }.items():
        assert [n for n in names if f"{group}.{n}" not in WORDS["fi"]] == []


def test_qualities_are_numbered_as_the_twin_does():
    told = re.search(r"QUALITIES = \[(.*?)\]", SOURCE, re.DOTALL)[1]
    assert re.findall(r'"(\w+)"', told) == [q.name.lower() for q in sorted(Quality)]


def test_units_are_those_of_the_twin():
    table = re.search(r"const UNITS = \{(.*?)\};", SOURCE, re.DOTALL)[1]
    rows = re.findall(r'"?([\w/%.-]+)"?: \[([\d.e-]+), ([\d.]+)\]', table)
    page = {unit: (float(factor), float(offset)) for unit, factor, offset in rows}
    for unit in known_units():
        told = page.get(unit, (1.0, 0.0))
        assert told == pytest.approx(conversion(unit, si_unit(unit)), rel=1e-12), unit


def test_modules_are_short_and_say_what_they_are():
    lines = {path.name: len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {name: n for name, n in lines.items() if n > LONGEST} == {}
    assert [p.name for p in MODULES if not p.read_text("utf-8").startswith("/**")] == []


def needed_at_first():
    """Modules of the plant's view, and what they import."""
    needed, todo = set(), ["app.js", "plant_view.js"]
    while todo:
        name = todo.pop()
        if name not in needed:
            needed.add(name)
            text = (ASSETS / name).read_text("utf-8")
            todo += re.findall(r'^import .*? from "\./(\w+\.js)"', text, re.MULTILINE)
    return needed


def test_what_the_first_view_needs_is_fetched_at_once():
    """Modules import each other five deep: one after the other they keep a phone waiting."""
    needed = needed_at_first()
    index = (ASSETS / "index.html").read_text("utf-8")
    assert set(re.findall(r'modulepreload" href="assets/(\w+\.js)"', index)) == needed - {"app.js"}


def test_nothing_is_made_of_text_that_could_be_markup():
    assert (
        re.findall(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(", SOURCE) == []
    )


def test_the_library_has_its_licence_beside_it():
    assert "MIT" in (ASSETS / "vendor" / "uPlot.LICENSE.txt").read_text("utf-8")
    assert "v1.6" in (ASSETS / "vendor" / "uPlot.js").read_text("utf-8")[:200]
