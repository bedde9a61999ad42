"""`hukka alarms`: as typed, on a data folder of which a book is being written."""

import json

import pytest
from free_ports import free_port
from tell_made import hook_server
from typer.testing import CliRunner

from hil.alarms import AlarmBook, Order
from hil.cli.commands import app
from twin.diagnosis.isa import Action
from twin.errors import BadInput, JudgementFailed

S = 1_000_000_000
T0 = 1_764_000_000 * S
RUN = CliRunner(env={"COLUMNS": "200"})


def hukka(*words):
    return RUN.invoke(app, ["alarms", *map(str, words)])


@pytest.fixture
def data(tmp_path):
    told = {
        "generation": 1,
        "number": 1,
        "part": "heat_pump",
        "fault": "heat_pump.condenser_fouling",
        "size": 0.31,
        "low": 0.24,
        "high": 0.38,
        "unit": "-",
        "since_s": T0 / S - 600,
        "raised_s": T0 / S,
        "cleared_s": None,
    }
    with AlarmBook(tmp_path / "desk.sqlite") as book:
        book.twin([told], [], T0)
        book.links(T0 + S, {"cdu": "timeout"})
        book.links(T0 + 31 * S, {"cdu": "timeout"})
        book.order(Order(1, Action.ACKNOWLEDGE, "anna", "ordered a cleaning"), T0 + 60 * S)
        book.note("anna", "pressure drop 0.4 bar", T0 + 61 * S)
        yield tmp_path


def test_the_list(data):
    found = hukka("list", data)
    assert found.exit_code == 0
    assert "heat_pump.condenser_fouling" in found.stdout
    assert "31 % (24 to 38)" in found.stdout
    assert found.stdout.startswith("! 2 diagnostic: link lost: cdu; unacknowledged\n")
    rows = json.loads(hukka("list", data, "--json").stdout.splitlines()[-1])["alarms"]
    assert [(row["number"], row["annunciated"]) for row in rows] == [(2, True), (1, False)]


def test_the_list_says_until_when_an_alarm_is_shelved(tmp_path):
    with AlarmBook(tmp_path / "desk.sqlite") as book:
        book.links(T0, {"cdu": "timeout"})
        book.links(T0 + 30 * S, {"cdu": "timeout"})
        assert "shelved until" not in hukka("list", tmp_path).stdout
        hour_ns = T0 + 3600 * S
        book.order(Order(1, Action.SHELVE, "anna", "cable is coming", hour_ns), T0 + 60 * S)
        assert "shelved until 2025-11-24T17:00:00" in hukka("list", tmp_path).stdout
        book.order(Order(1, Action.UNSHELVE, "anna", "it is here"), T0 + 90 * S)
        assert "shelved until" not in hukka("list", tmp_path).stdout


def test_the_list_of_another_time(data):
    (row,) = json.loads(hukka("list", data, "--at", "2025-11-24T16:00:10", "--json").stdout)[
        "alarms"
    ]
    assert (row["number"], row["state"]) == (1, "unacknowledged")
    assert hukka("list", data, "--at", "2025-11-24").stdout == "no alarms\n"


def test_the_journal(data):
    span = ("--from", "2025-11-24", "--to", "2025-11-25")
    found = json.loads(hukka("history", data, *span, "--json").stdout)["journal"]
    assert [line["action"] for line in found] == ["raised", "raised", "acknowledged", "note"]
    text = hukka("history", data, *span).stdout
    assert "ordered a cleaning" in text
    assert "pressure drop 0.4 bar" in text
    assert hukka("history", data).stdout == "nothing happened\n"


def test_rates(data):
    span = ("--from", "2025-11-24", "--to", "2025-11-25")
    found = json.loads(hukka("rates", data, *span, "--json").stdout)
    assert found["count"] == 2
    figures = {figure["name"]: figure["value"] for figure in found["figures"]}
    assert figures["alarms_per_day"] == 2
    text = hukka("rates", data, *span).stdout
    assert "EEMUA 191" in text
    assert "2 alarms; priorities: 0 high, 1 medium, 0 low, 1 diagnostic" in text


def test_rates_are_per_operator(data):
    (data / "alarms.yaml").write_text("operators: 2\n", encoding="utf-8")
    span = ("--from", "2025-11-24", "--to", "2025-11-25")
    figures = json.loads(hukka("rates", data, *span, "--json").stdout)["figures"]
    assert figures[0]["value"] == 1


def test_a_test_message(data):
    port = free_port()
    told = {"kind": "webhook", "url": f"http://127.0.0.1:{port}/"}
    (data / "tell.yaml").write_text(json.dumps({"channels": {"hook": told}}), encoding="utf-8")
    with hook_server(port) as server:
        found = hukka("test", data, "--site", "mantsala")
        assert (found.exit_code, found.stdout) == (0, "hook: taken: 200 OK ok\n")
        assert server.got[0][2]["site"] == "mantsala"
    found = hukka("test", data, "--json")
    assert isinstance(found.exception, JudgementFailed)
    assert json.loads(found.stdout)["channels"]["hook"]["taken"] is False


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("list", "no-such"), "not a data folder of a monitor, it holds no desk.sqlite"),
        (("list", ".", "--at", "noon"), "not a data folder"),
        (("test", "."), "there is no tell.yaml, so nobody is told"),
    ],
)
def test_bad_input_is_a_sentence(words, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = hukka(*words)
    assert isinstance(found.exception, BadInput)
    assert says in str(found.exception)


def test_a_damaged_file_is_a_sentence(tmp_path):
    file = tmp_path / "desk.sqlite"
    AlarmBook(file).close()
    content = bytearray(file.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    file.write_bytes(content)
    for command in ("list", "history", "rates"):
        found = hukka(command, tmp_path)
        assert isinstance(found.exception, BadInput), found.exception
        assert "malformed" in str(found.exception)


def test_times_are_checked(data):
    for words in (("list", data, "--at", "noon"), ("rates", data, "--from", "2099-01-01")):
        found = hukka(*words)
        assert isinstance(found.exception, BadInput)
        assert "--" in str(found.exception)
