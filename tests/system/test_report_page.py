"""The report of a real run folder, read back by parsers that know nothing of how it is made."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest

from hil.historian import Column, RunHeader, RunRecorder
from hil.report import write_report
from twin.errors import BadInput

SVG = "{http://www.w3.org/2000/svg}"


class Page(HTMLParser):
    """Text of the cells of every table, all text, and every attribute."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.text: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self._cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag == "tr":
            self.rows.append([])
        self._cell = tag in ("td", "th")
        if self._cell:
            self.rows[-1].append("")

    def handle_data(self, data: str) -> None:
        self.text.append(data)
        if self._cell:
            self.rows[-1][-1] += data

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th"):
            self._cell = False

    def row(self, *begins: str) -> list[str]:
        return next(row for row in self.rows if tuple(row[: len(begins)]) == begins)


COLUMNS = [
    Column("heat_pump.T_condensing", "measured", "degC", "heat_pump"),
    Column("heat_pump.T_condensing", "predicted", "K", "heat_pump", band=0.9),
    Column("heat_pump.T_condensing", "truth", "K", "heat_pump"),
    Column("heat_pump.P_electric", "measured", "W", "heat_pump"),
    Column("heat_pump.P_electric", "predicted", "W", "heat_pump"),
    Column("heat_pump.u_run", "command", "-", "heat_pump"),
    Column("cooling_loop.T_supply", "measured", "degC", "cooling_loop"),
    Column("cooling_loop.T_supply", "predicted", "degC", "cooling_loop"),
    Column("cooling_loop.T_supply", "band", "degC", "cooling_loop"),
]
RESULT = {
    "cycles": 1000,
    "overruns": 2,
    "lateness_us": {"p50": 97, "p99": 245},
    "links": {
        "hp_line": {
            "transactions": 86400,
            "errors": 3,
            "p50_us": 31200,
            "p99_us": 33900,
            "counters": {"timeouts": 3, "skipped": 13},
        }
    },
    "energy": {"it_kWh": 71900.4, "balance_error": 3.1e-4},
    "kpi": {"pue": 1.12, "erf": 0.83, "cop": 3.41},
    "out_of_range": [
        {
            "part": "heat_pump",
            "from_s": 100.0,
            "to_s": None,
            "most": 2,
            "ranges": ["lift = 75 K has left its valid range 10 ... 70 K"],
        },
        {"part": "cooling_loop", "from_s": 10.0, "to_s": 70.0, "most": 1, "ranges": []},
    ],
}


def recorded(
    folder: Path,
    title: str = "Mäntsälä",
    seconds: int = 1000,
    *,
    end: bool = True,
    reason: str | None = None,
) -> Path:
    t = np.arange(1, seconds + 1, dtype=float)
    late = t >= seconds // 2
    rows = np.column_stack(
        [
            t * 1e9,
            88.0 + 2.0 * late,
            np.full(seconds, 88.0 + 273.15),
            88.0 + 273.15 + 2.0 * late,
            np.full(seconds, 1.061e6),
            np.full(seconds, 1.033e6),
            np.ones(seconds),
            30 + np.sin(t / 50),
            np.full(seconds, 30.0),
            np.full(seconds, 1.5),
        ]
    )
    rows[10:15, 1] = np.nan
    header = RunHeader(
        site="mantsala",
        title=title,
        seed=7,
        options={"cycle_s": 1.0, "faults": ["heat_pump.condenser_fouling=0.3@500s"]},
        hashes={"HeatPump.fmu": "5c" * 32},
        parts={"cooling_loop": "Cooling loop", "heat_pump": "Heat pump"},
        notes=("IT load is synthetic",),
    )
    record = RunRecorder.create(folder, header, COLUMNS)
    record.append(rows)
    record.append_lateness(0, np.arange(1, 1001, dtype=np.int32))
    record.event(500_000_000_000, "fault", "condenser_fouling = 0.3", "heat_pump")
    record.alarm(
        {
            "part": "heat_pump",
            "signal": "heat_pump.T_condensing",
            "fault": "condenser_fouling",
            "raised_s": 620.5,
            "injected_s": 500.0,
            "delay_s": 120.5,
            "residual": 2.0,
            "band": 0.9,
            "text": "heat_pump.T_condensing is 2.00 K above its prediction (band 0.9 K)",
        }
    )
    record.commit()
    if end:
        record.finish("done" if reason is None else "link lost", RESULT, reason)
    return folder


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return recorded(tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture(scope="module")
def page(run: Path) -> str:
    return write_report(run).read_text(encoding="utf-8")


def test_the_numbers_of_the_run_are_in_its_tables(page: str) -> None:
    seen = Page(page)
    assert seen.row("seed") == ["seed", "7"]
    assert seen.row("recorded") == [
        "recorded",
        "16.67 min",
    ]  # from time zero on, a cycle before the first row
    assert seen.row("HeatPump.fmu") == ["HeatPump.fmu", "5c" * 32]
    assert seen.row("it") == ["it", "71 900 kWh"]
    counted = "3 requests without an answer, 13 requests left out"
    assert seen.row("hp_line") == ["hp_line", "86 400", "3", "31 200", "33 900", counted]
    assert "<th>counted</th></tr>" in page  # words, which may break into lines as numbers do not
    assert f"<td>{counted}</td></tr>" in page
    assert seen.row("p99") == ["p99", "991"]
    assert seen.row("latest") == ["latest", "1 000"]
    assert seen.row("heat pump")[1:9] == [
        "condenser fouling",
        "00:10:20.5",
        "–",
        "00:08:20",
        "2.01 min",
        "2 K",
        "0.9 K",
        "heat_pump.T_condensing is 2.00 K above its prediction (band 0.9 K)",
    ]
    assert seen.row("heat pump", "00:01:40")[2:] == [
        "–",
        "2",
        "lift = 75 K has left its valid range 10 ... 70 K",
    ]
    assert seen.row("cooling loop", "00:00:10")[2:] == [
        "00:01:10",
        "1",
        "the model does not say which",
    ]
    assert seen.row("00:08:20") == ["00:08:20", "heat pump", "condenser_fouling = 0.3", "injected"]
    text = " ".join(seen.text)
    for figure in ("1.12", "0.83", "3.41", "0.031 %", "of 1 000 cycles", "IT load is synthetic"):
        assert figure in text


def test_residuals_are_of_every_row_in_the_unit_that_is_shown(page: str) -> None:
    seen = Page(page)
    condensing = seen.row("heat_pump.T_condensing", "K")
    assert condensing[2:] == ["1.01", "1.42", "2.00", "50 %", "5"]
    assert seen.row("cooling_loop.T_supply", "K")[5] == "0 %"
    assert seen.row("heat_pump.P_electric") == [
        "heat_pump.P_electric",
        "MW",
        "0.0280",
        "0.0280",
        "0.0280",
        "–",
        "0",
    ]


def band_heights(picture: ElementTree.Element) -> list[float]:
    """Height [pt] at its left end of each area in the colour of the band."""
    paths = {f"#{path.get('id')}": path.get("d", "") for path in picture.iter(f"{SVG}path")}
    heights = []
    for area in picture.iter(f"{SVG}use"):
        if "fill: #56b4e9" in area.get("style", ""):
            path = paths[area.get("{http://www.w3.org/1999/xlink}href", "")]
            points = re.findall(r"[ML] (\S+) (\S+)", path)
            left = [float(y) for x, y in points if x == points[0][0]]
            heights.append(max(left) - min(left))
    return heights


def test_pictures_are_drawn_with_the_marks_and_the_right_extent(page: str) -> None:
    pictures = [
        ElementTree.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    ]
    assert len(pictures) == 4  # three signals, one panel of commands
    texts = [[node.text for node in picture.iter(f"{SVG}text")] for picture in pictures]
    condensing = next(words for words in texts if "T_condensing [°C]" in words)
    assert {"residual [K]", "F", "A", "88", "90", "time since the run began [min]"} <= {*condensing}
    supply = next(words for words in texts if "T_supply [°C]" in words)
    assert "F" not in supply
    assert [height > 20 for height in band_heights(pictures[texts.index(condensing)])] == [True] * 2
    power = next(words for words in texts if "P_electric [MW]" in words)
    assert "1.04" in power


def test_the_page_needs_nothing_from_outside_and_its_ids_are_unique(page: str) -> None:
    seen = Page(page)
    ids = [value for name, value in seen.attributes if name == "id"]
    assert len(ids) == len(set(ids)) > 10
    targets = [v for n, v in seen.attributes if n in ("href", "xlink:href", "src")]
    assert all(value.startswith("#") for value in targets)
    assert {value[1:] for value in targets} <= set(ids)
    assert not re.search(r"<script|<link|@import|<img", page)
    assert ("content", "default-src 'none'; style-src 'unsafe-inline'") in seen.attributes


def test_the_same_run_gives_the_same_bytes(run: Path, page: str, tmp_path: Path) -> None:
    """Also elsewhere, in another process with other hashes, time zone and matplotlib settings."""
    copy = tmp_path / "elsewhere" / run.name
    shutil.copytree(run, copy)
    (copy / "report.html").unlink()
    (tmp_path / "matplotlibrc").write_text("xtick.major.size: 20\nfigure.facecolor: red\n")
    command = "import sys; from pathlib import Path; from hil.report.page import write_report\n"
    command += "write_report(Path(sys.argv[1]))"
    settings = {"PYTHONHASHSEED": "5", "TZ": "Asia/Tokyo", "MATPLOTLIBRC": str(tmp_path)}
    environment = {**os.environ, **settings}
    subprocess.run([sys.executable, "-c", command, str(copy)], env=environment, check=True)
    assert (copy / "report.html").read_text(encoding="utf-8") == page


def test_words_of_others_stay_words(tmp_path: Path) -> None:
    folder = recorded(tmp_path / "run", title="<script>alert(1)</script> $x^2$ & {{ 7*7 }}")
    text = write_report(folder).read_text(encoding="utf-8")
    assert "<script>" not in text
    assert "<script>alert(1)</script> $x^2$ & {{ 7*7 }}" in "".join(Page(text).text)


def test_a_run_that_ended_early_says_why(tmp_path: Path) -> None:
    reason = "heat_pump: nothing heard for 10 s; hp_line: cannot open <hp_line.pty>"
    text = write_report(recorded(tmp_path / "run", reason=reason)).read_text(encoding="utf-8")
    assert "✗ link lost" in text
    assert f"ended early: {reason}" in Page(text).text
    assert text.index("ended early") < text.index("IT load is synthetic")


def test_a_signal_is_called_in_its_picture_what_it_is_called(tmp_path: Path) -> None:
    name = "part.<b>$x^2$"
    columns = [Column(name, "measured", "-", "part"), Column(name, "predicted", "-", "part")]
    with RunRecorder.create(tmp_path / "run", RunHeader(site="x", seed=1), columns) as record:
        record.append(np.array([[0.0, 1.0, 2.0], [1e9, 1.0, 2.0]]))
    text = write_report(tmp_path / "run").read_text(encoding="utf-8")
    picture = ElementTree.fromstring(re.findall(r"<svg.*?</svg>", text, re.DOTALL)[0])
    assert "<b>$x^2$ [-]" in [node.text for node in picture.iter(f"{SVG}text")]


def test_a_run_without_an_end_says_so(tmp_path: Path) -> None:
    folder = recorded(tmp_path / "run", end=False)
    seen = Page(write_report(folder).read_text(encoding="utf-8"))
    text = " ".join(seen.text)
    assert "no end recorded" in text
    assert "PUE" not in text
    assert seen.row("p99") == ["p99", "991"]
    assert seen.row("heat_pump.T_condensing", "K")[4] == "2.00"


def test_a_fault_that_was_not_reached_is_not_drawn(tmp_path: Path) -> None:
    rows = np.column_stack([np.arange(100) * 1e9, *np.full((2, 100), 88.0)])
    header = RunHeader(site="x", seed=1)
    with RunRecorder.create(tmp_path / "run", header, COLUMNS[:2]) as record:
        record.append(rows)
        record.event(3600 * 10**9, "fault", "condenser_fouling = 0.3", "heat_pump")
    text = write_report(tmp_path / "run").read_text(encoding="utf-8")
    assert Page(text).row("01:00:00")[3] == "not reached"
    assert 'class="fault"' not in text


def test_a_run_that_recorded_nothing_has_a_report(tmp_path: Path) -> None:
    with RunRecorder.create(tmp_path / "run", RunHeader(site="x", seed=1), COLUMNS) as record:
        record.finish("plant lost")
    assert "✗ plant lost" in write_report(tmp_path / "run").read_text(encoding="utf-8")


def test_a_thousand_alarms_are_listed_but_not_all_drawn(tmp_path: Path) -> None:
    columns = COLUMNS[:2]
    rows = np.column_stack([np.arange(1000) * 1e9, np.full(1000, 88.0), np.full(1000, 361.15)])
    with RunRecorder.create(tmp_path / "run", RunHeader(site="x", seed=1), columns) as record:
        record.append(rows)
        for second in range(1000):
            record.alarm({"part": "heat_pump", "raised_s": float(second)})
        record.finish("done")
    text = write_report(tmp_path / "run").read_text(encoding="utf-8")
    assert sum(row[:1] == ["heat pump"] for row in Page(text).rows) == 1000
    assert text.count('<li class="alarm">') <= 200
    assert re.search(r"and 8\d\d more close to these", text)


def test_the_report_goes_where_it_is_told(run: Path, tmp_path: Path) -> None:
    assert write_report(run, tmp_path / "a.html") == tmp_path / "a.html"
    assert write_report(run, tmp_path) == tmp_path / "report.html"
    with pytest.raises(BadInput, match=r"nowhere.*No such file or directory"):
        write_report(run, tmp_path / "nowhere" / "a.html")
    with pytest.raises(BadInput, match="not a run folder"):
        write_report(tmp_path)


def test_a_day_of_twelve_signals_is_a_small_file(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    columns = [
        Column(f"part.T{i}", kind, "degC", "part", band=None if kind == "measured" else 0.8)
        for i in range(12)
        for kind in ("measured", "predicted")
    ]
    rows = 30 + np.cumsum(rng.normal(size=(86_400, 25)), axis=0) / 60
    rows += rng.normal(scale=0.1, size=rows.shape)
    rows[:, 0] = np.arange(86_400) * 1e9
    with RunRecorder.create(tmp_path / "run", RunHeader(site="x", seed=1), columns) as record:
        record.append(rows)
        record.finish("done")
    assert write_report(tmp_path / "run").stat().st_size < 3_000_000


def browser() -> str | None:
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((found for found in map(shutil.which, names) if found), None)


@pytest.fixture
def shown(tmp_path: Path) -> Callable[[Path], np.ndarray]:
    """Pixels (height, width, 3) of a page in a headless browser."""
    image = pytest.importorskip("PIL.Image")

    def take(page: Path) -> np.ndarray:
        quiet = "--disable-background-networking --disable-component-update --disable-sync"
        command = [
            str(browser()),
            *["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--hide-scrollbars"],
            *quiet.split(),
            f"--user-data-dir={tmp_path / 'profile'}",
            f"--screenshot={tmp_path / 'page.png'}",
            "--window-size=1280,3000",
            page.as_uri(),
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return np.asarray(image.open(tmp_path / "page.png").convert("RGB")).astype(int)

    return take


@pytest.mark.skipif(browser() is None, reason="no Chromium on this machine")
def test_a_browser_draws_lines_bands_and_marks(
    run: Path, page: str, shown: Callable[[Path], np.ndarray]
) -> None:
    assert page
    pixels = shown(run / "report.html")

    def count(colour: str) -> int:
        wanted = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)])
        return int((np.abs(pixels - wanted).max(axis=2) < 24).sum())

    assert count("#0072b2") > 2000, "predicted"
    assert count("#d0e9f8") > 20_000, "band"
    assert count("#7b3294") > 200, "fault"
    assert count("#d55e00") > 200, "alarm"
    # nothing runs out of the page: its right margin is white
    assert (pixels[:, 1190:] == 255).all()
