"""What the page answers, asked over a real socket: of a monitor's data and of a run."""

from dataclasses import asdict

import pytest
from browser_desk import health_of_desk
from page_desk import SINK, T0, Client, S, desk_folder, desk_source, run_folder, served

from hil.alarms import AlarmBook
from hil.page.run_source import open_run_source

MS = T0 // 1_000_000


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    folder = desk_folder(tmp_path_factory.mktemp("desk"), gap=(400, 450))
    with served(desk_source(folder), folder) as (address, _), Client(address) as client:
        yield client


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = run_folder(tmp_path_factory.mktemp("run"))
    with served(open_run_source(folder)) as (address, _), Client(address) as client:
        yield client


def ask(client, path, status=200, **params):
    answer = client.get(path, params={k.rstrip("_"): v for k, v in params.items()})
    assert answer.status_code == status, answer.text
    return answer.json()


def test_a_site_is_told_with_units_of_both_kinds(desk):
    site = ask(desk, "/api/site")
    assert (site["site"], site["kind"], site["period_ms"]) == ("mantsala", "monitor", 1000)
    assert site["signals"][SINK] == {
        "unit": "degC",
        "si_unit": "K",
        "part": "heat_pump",
        "range": pytest.approx([253.15, 423.15]),
        "of": SINK,
    }
    assert site["watched"][SINK] == {"band": 0.8}
    assert site["keys"][f"{SINK}:band"] == "K"
    assert site["commands"]["heat_pump.u_run"]["controller"] == "heat_pump"
    assert {c["source"] for c in site["connections"]} >= {SINK}
    assert (site["open"], site["user"]["role"]) == (True, "operator")
    assert site["can"] == {"order": True, "service": False, "users": False}


def test_now_is_the_newest_row_where_no_monitor_runs(desk):
    now = ask(desk, "/api/now")
    assert now["t_ms"] == MS + 599_000
    # the ninth signal of the site, and what the row of 599 s has for it
    assert now["measured"][SINK] == pytest.approx(308 + 5.99)
    assert now["measured"]["cooling_loop.T_supply"] is None
    assert now["quality"]["cooling_loop.T_supply"] == 2
    assert now["predicted_ms"] == MS + 599_000
    assert set(now["band"]) == set(now["predicted"])


def test_a_moment_of_the_past_has_its_own_alarms(desk):
    early, late = (ask(desk, "/api/at", t=MS + s * 1000 + 400) for s in (250, 355))
    assert (early["t_ms"], early["alarms"], early["standing"]) == (MS + 250_000, [], {})
    assert [a["kind"] for a in late["alarms"]] == ["twin", "link"]
    assert late["standing"] == {"heat_pump": "fault"}
    assert ask(desk, "/api/at", t=MS - 5000) is None
    assert ask(desk, "/api/at", t=MS + 10 * 86_400_000) is None


def test_a_series_has_its_gap_and_its_ends(desk):
    told = ask(desk, "/api/series", keys=f"{SINK}:measured", from_=MS, to=MS + 600_000, most=60)
    assert 30 <= len(told["t"]) <= 60
    drawn = told["series"][f"{SINK}:measured"]
    assert drawn["low"][0] == pytest.approx(308.0)
    assert drawn["high"][-1] == pytest.approx(308 + 5.99)
    empty = [t - MS for t, v in zip(told["t"], drawn["mean"], strict=True) if v is None]
    assert empty
    assert min(empty) >= 400_000
    assert max(empty) < 450_000


def test_the_journal_and_the_evidence_of_an_alarm(desk):
    journal = ask(desk, "/api/alarms/history", from_=MS, to=MS + 600_000)
    assert [line["action"] for line in journal] == ["raised", "raised"]
    assert ask(desk, "/api/alarms/history") == journal
    alarm = ask(desk, "/api/alarms")[0]
    told = ask(desk, f"/api/alarms/{alarm['number']}/evidence")
    assert told["likely"][0]["probability"] == pytest.approx(0.97)
    assert (told["since_ms"], told["raised_ms"]) == (MS + 200_000, MS + 300_000)
    assert told["draw"]["keys"] == [f"{SINK}:{k}" for k in ("measured", "predicted", "band")]
    first = told["residuals"][0]
    assert first["signal"] == SINK
    assert first["residual"] == pytest.approx(first["measured"] - first["predicted"])
    fed = {row["input"]: row["signal"] for row in told["inputs"]}
    assert fed["heat_pump.T_source_in"] == "cooling_loop.T_source"
    assert fed["heat_pump.u_run"] is None


def test_health_of_a_moment_is_what_was_told_before_it(tmp_path, run):
    folder = desk_folder(tmp_path)
    with AlarmBook(folder / "desk.sqlite") as book:
        book.health(T0 + 100 * S, asdict(health_of_desk(up=False)))
        book.health(T0 + 400 * S, {"notes": ["of a hukka that told less"]})
    with served(desk_source(folder), folder) as (address, _), Client(address) as client:
        told = ask(client, "/api/health", t=MS + 399_999)
        assert (told["t_ms"], told["links"][0]["up"]) == (MS + 100_000, False)
        for t_ms in (MS + 99_999, MS + 400_000, MS + 400_000 + 1_200_001):
            assert ask(client, "/api/health", t=t_ms) is None
        assert ask(client, "/api/health", 400, t="noon")["error"]
    assert ask(run, "/api/health", t=MS) is None


def test_health_says_that_nobody_watches(desk):
    health = ask(desk, "/api/health")
    assert health["notes"] == ["no monitor runs: this is what was recorded"]
    assert health["disk_used_bytes"] > 0
    answer = desk.get("/healthz")
    assert (answer.status_code, answer.json()["ok"]) == (503, False)
    assert answer.json()["age_ms"] > 86_400_000


def test_rates_have_the_standards_figures(desk):
    rates = ask(desk, "/api/alarms/rates", from_=MS, to=MS + 600_000)
    assert rates["count"] == 2
    assert {f["name"] for f in rates["figures"]} >= {"alarms_per_day", "floods"}


def test_key_figures_say_what_the_site_does_not_measure(desk):
    span = {"from_": MS, "to": MS + 600_000}
    found = {row["name"]: row for row in ask(desk, "/api/kpis", **span)}
    # row k of the data has 300 + column + k / 100 in every column: sums by hand, without the gap
    seconds = [k for k in range(600) if not 400 <= k < 450]
    flow, out, back, power = (list_of(desk, name) for name in COP)
    heat = sum(4186.0 * (flow + k / 100) * (out - back) for k in seconds)
    electric = sum(power + k / 100 for k in seconds)
    assert found["cop"]["value"] == pytest.approx(heat / electric, rel=0.01)
    assert found["cop"]["coverage"] == pytest.approx(550 / 600, abs=0.05)
    assert found["pue"]["missing"] == ["cooling_loop.E_auxiliary"]


COP = ("district_network.m_network", SINK, "district_network.T_return", "heat_pump.P_electric")


def list_of(client, name):
    """What a signal has in the first row."""
    return 300.0 + list(ask(client, "/api/site")["signals"]).index(name)


def test_a_run_has_the_same_page(run):
    site = ask(run, "/api/site")
    assert (site["kind"], site["can"]["order"]) == ("bench", False)
    assert "record is kept as it came" in site["why_not"]
    assert ask(run, "/api/span") == {"from_ms": 1000, "to_ms": 120_000}
    assert ask(run, "/api/now")["measured"] == {SINK: pytest.approx(351.2)}
    assert ask(run, "/api/at", t=500) is None
    told = ask(run, "/api/series", keys=f"{SINK}:band,{SINK}:predicted", most=4)
    assert told["series"][f"{SINK}:band"]["high"] == [0.8] * 4
    assert ask(run, "/api/health")["overruns"] == 3
    assert run.get("/healthz").json() == {"ok": True, "age_ms": None}


def test_alarms_of_a_run_come_when_they_came(run):
    assert ask(run, "/api/alarms", t=59_000) == []
    (alarm,) = ask(run, "/api/alarms", t=61_000)
    assert (alarm["number"], alarm["raised_ms"], alarm["signal"]) == (1, 60_000, SINK)
    told = ask(run, "/api/alarms/1/evidence")
    assert told["residuals"][0]["residual"] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("path", "params", "status", "words"),
    [
        ("/api/series", {"keys": f"{SINK}:measurd"}, 400, f"did you mean '{SINK}:measured'?"),
        ("/api/series", {}, 400, "keys: must name at least one"),
        ("/api/series", {"keys": ",".join(map(str, range(51)))}, 400, "at most 50"),
        ("/api/series", {"keys": f"{SINK}:measured", "most": "1"}, 400, "must be 2 to 5000"),
        ("/api/series", {"keys": f"{SINK}:measured", "most": "x"}, 400, "must be 2 to 5000"),
        ("/api/series", {"keys": f"{SINK}:measured", "from": "5", "to": "5"}, 400, "after from"),
        ("/api/series", {"key": SINK}, 400, "unknown parameter 'key', did you mean 'keys'?"),
        ("/api/at", {}, 400, "t: must be given"),
        ("/api/at", {"t": "yesterday"}, 400, "must be a whole number of ms"),
        ("/api/at", {"t": "9" * 30}, 400, "must be a time in ms"),
        ("/api/now", {"t": "1"}, 400, "unknown parameter 't'"),
        ("/api/alarms/x/evidence", {}, 400, "must be a number"),
        ("/api/alarms/99/evidence", {}, 404, "there is no alarm 99"),
        ("/api/kpis", {"from": "2", "to": "1"}, 400, "after from"),
        ("/api/nothing", {}, 404, "/api/nothing"),
        ("/api/alarms/history", {"from": "1e3"}, 400, "whole number"),
    ],
)
def test_bad_questions_are_refused_in_words(desk, run, path, params, status, words):
    for client in (desk, run):
        answer = client.get(path, params=params)
        assert answer.status_code == status
        assert words in answer.json()["error"]


def test_a_long_answer_is_sent_small(desk):
    answer = desk.get("/api/site")
    assert answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < len(answer.content) / 4
