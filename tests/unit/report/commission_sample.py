"""A small commissioning run, written line by line as it lies on disk, and a reader of its page."""

import json
from html.parser import HTMLParser
from pathlib import Path

from hil.gate.audit import AuditLog

EVIL = "<script>alert('x')</script> & $x^2$ {{ 7*7 }}"
KEYS = [
    "hp.limit@hp1/high",
    "hp.limit@hp1/low",
    "hp.start@hp1/start",
    "hp.start@hp1/blocked",
    "hp.start@hp1/at_once",
    "net.watch/quiet",
    "net.watch/skips",
]


def step(text, verdict="pass", begin_s=0.0, end_s=0.0, why="", requirement="R-1", **figures):
    return {
        "text": text, "verdict": verdict, "begin_s": begin_s, "end_s": end_s, "why": why,
        "requirement": requirement, "figures": figures,
        "action": {"force": "force", "set": "set"}.get(text.partition(" ")[0], "expect"),
    }  # fmt: skip


def end(key, verdict, steps=(), lasted_s=0.0, why="", writes=0, trace=None):
    trial, _, block = key.partition("/")
    procedure, _, controller = trial.partition("@")
    name = key.replace("/", "~").replace("@", "~")
    own = f"traces/{name}.csv" if lasted_s else ""
    return {
        "procedure": procedure, "controller": controller or None, "block": block,
        "verdict": verdict, "why": why, "steps": list(steps), "lasted_s": lasted_s,
        "trace": own if trace is None else trace, "writes": writes,
    }  # fmt: skip


ENDS = [
    end(
        KEYS[0],
        "fail",
        [
            step("force T = 95 degC", end_s=0.0),
            step("state is LIMITED within 5 s", end_s=2.0, why="after 2 s; state is LIMITED",
                 point="state", low=5.0, high=5.0),
            step("T is 85 degC ± 1 K within 60 s", "fail", 2.0, 62.0,
                 "after 60 s T is 95 degC", "R-2", point="T", low=357.15, high=359.15),
        ],
        62.0,
        "T is 85 degC ± 1 K within 60 s: after 60 s T is 95 degC",
        writes=1,
    ),
    end(KEYS[1], "inconclusive", [step(EVIL, "inconclusive", why="P has no value")], 5.0, EVIL),
    end(
        KEYS[2],
        "pass",
        [step("set enable = true", why="enable = 1", requirement="R-3, R-4"),
         step("u is above 50 % within 9 s", end_s=9.0, why="after 9 s; u is 60 %",
              requirement="R-3, R-4", point="u", low=0.5, high=None)],
        9.0,
        writes=1,
    ),
    end(KEYS[3], "blocked", (), 30.0, "not there first: state is TRIPPED; state is RUNNING"),
    end(KEYS[4], "pass", [step("u is 1", why="after 0 s; u is ON", requirement="R-3")]),
    end(KEYS[5], "pass", [step("read the plate", "skipped", why="nobody is here"),
                          step("wait 3 s", end_s=3.0)], 3.0, trace="traces/gone.csv"),
    end(KEYS[6], "skipped", (), why="net serves no register 'x' here"),
]  # fmt: skip


def record(folder: Path, ends=ENDS, *, keys=KEYS, tail=b"", audit=True) -> Path:
    (folder / "traces").mkdir(parents=True)
    told = {
        "site": "somewhere", "site_sha256": "aa" * 32, "fmus": {"hp": "bb" * 32},
        "procedures": {"hp.limit": "cc" * 32}, "titles": {"hp.limit": f"Held & {EVIL}"},
        "blocks": keys,
        "options": {"seed": 7, "period_ns": 10**9, "transport": "tcp", "line_faults": []},
    }  # fmt: skip
    lines = [{"run": told}]
    for one in ends:
        where = f"@{one['controller']}" if one["controller"] else ""
        lines += [{"begin": f"{one['procedure']}{where}/{one['block']}"}, {"end": one}]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    (folder / "commission.jsonl").write_bytes(text.encode() + tail)
    trace(folder, KEYS[0], "T [K],state [-],P [W],T predicted [K]", 62, "368.15,5,20000,350.25")
    trace(folder, KEYS[1], "P [W]", 5, "")
    trace(folder, KEYS[2], "enable [-],u [-]", 9, "1,0.6")
    trace(folder, KEYS[3], "state [-]", 30, "4")
    if audit:
        (folder / "gate").mkdir()
        log = AuditLog(folder / "gate")
        log.add("armed", plant="somewhere", reason=KEYS[0])
        said = {"device": "hp1", "address": "rig:hp1", "unit": 3, "points": ["enable"]}
        log.add("write", **said, before=[0.0], wanted=[1.0], found=[0.0], reason=EVIL)
        log.add("confirmed", **said, before=[0.0], wanted=[1.0], found=[0.0], after=[1.0], why="")
        log.add("put back", **said, before=[0.0], safe=None, found=[1.0], why="the end")
        log.close()
    return folder


def trace(folder, key, head, rows, cells):
    name = key.replace("/", "~").replace("@", "~")
    text = "\n".join([f"t [s],{head}", *(f"{t},{cells}" for t in range(1, rows + 1))])
    (folder / "traces" / f"{name}.csv").write_text(text + "\n")


class Page(HTMLParser):
    """Rows of cells, and every id and link."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.text = ""
        self._cell = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.ids += [value for name, value in attrs if name == "id"]
        self.links += [v for n, v in attrs if n in ("href", "src", "xlink:href")]
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self._cell = True
            self.rows[-1].append("")

    def handle_endtag(self, tag):
        self._cell = self._cell and tag not in ("td", "th")

    def handle_data(self, data):
        self.text += data
        if self._cell:
            self.rows[-1][-1] += data.replace("\u200b", "")
