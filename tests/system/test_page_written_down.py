"""What people change is written down before it is done, and a refusal once more: page and command.

What cannot be written down is not done.
"""

from contextlib import contextmanager

import pytest
from page_desk import PASSWORD, T0, Client, Keeper, desk_folder, desk_source, make_users, served
from typer.testing import CliRunner

from hil.cli.commands import app
from hil.gate.audit import verify
from hil.gate.users import Users
from hil.page.changes import NotWritten
from twin.errors import BadInput


@contextmanager
def visited(folder, hand_on=None):
    source = desk_source(desk_folder(folder), hand_on)
    with served(source, folder) as (address, _), Client(address) as client:
        yield client


def lines(folder, *keys):
    found = verify(folder)
    assert found.findings == []
    return [tuple(record.fields.get(key) for key in keys) for record in found.records]


def test_a_refused_password_has_a_line_more(tmp_path):
    make_users(tmp_path, otto="operator")
    with visited(tmp_path) as client:
        client.login("otto")
        refused = client.change("POST", "/api/password", old=PASSWORD, new="short")
        assert refused.status_code == 400
        assert client.get("/api/now").status_code == 200, "the session goes on"
    assert lines(tmp_path, "event", "of", "why")[1:] == [
        ("password", "otto", None),
        ("user_refused", "otto", "password: must be 10 to 200 characters"),
    ]


def test_a_refused_note_has_a_line_more(tmp_path):
    make_users(tmp_path, otto="operator")

    def refusing(event, **fields):
        raise BadInput("the keeper is away")

    with visited(tmp_path, refusing) as client:
        client.login("otto")
        refused = client.change("POST", "/api/notes", text="filter changed", t_ms=T0 // 10**6)
        assert (refused.status_code, refused.json()) == (409, {"error": "the keeper is away"})
    assert lines(tmp_path, "event", "user", "text", "why")[1:] == [
        ("note", "otto", "filter changed", None),
        ("note_refused", "otto", "filter changed", "the keeper is away"),
    ]


def test_a_note_that_is_taken_has_one_line(tmp_path):
    make_users(tmp_path, otto="operator")
    with visited(tmp_path, Keeper(tmp_path)) as client:
        client.login("otto")
        assert client.change("POST", "/api/notes", text="seen").status_code == 201
    assert lines(tmp_path, "event", "text")[1:] == [("note", "seen")]


@pytest.fixture
def secret(tmp_path):
    file = tmp_path / "secret"
    file.write_text("another long one\n")
    return file


def user(*arguments):
    return CliRunner().invoke(app, ["user", *map(str, arguments)]).exception


def test_the_command_changes_nothing_that_cannot_be_written_down(tmp_path, secret):
    make_users(tmp_path, elsa="engineer", otto="operator")
    before = (tmp_path / "users.json").read_bytes()
    (tmp_path / "audit.jsonl").mkdir()
    with_password = ("--password-file", secret)
    for arguments in (
        ("add", tmp_path, "new", "--role", "viewer", *with_password),
        ("passwd", tmp_path, "otto", *with_password),
        ("remove", tmp_path, "otto"),
    ):
        assert isinstance(user(*arguments), NotWritten), arguments[0]
    assert (tmp_path / "users.json").read_bytes() == before


def test_what_the_command_is_refused_has_a_line_more(tmp_path, secret):
    make_users(tmp_path, elsa="engineer", vera="viewer")
    assert isinstance(user("remove", tmp_path, "elsa"), BadInput)
    secret.write_text("short\n")
    assert isinstance(user("passwd", tmp_path, "vera", "--password-file", secret), BadInput)
    add = ("add", tmp_path, "Vera", "--role", "viewer", "--password-file", secret)
    secret.write_text("another long one\n")
    assert isinstance(user(*add), BadInput)
    assert lines(tmp_path, "event", "of") == [
        ("user_removed", "elsa"), ("user_refused", "elsa"),
        ("password", "vera"), ("user_refused", "vera"),
        ("user_added", "Vera"), ("user_refused", "Vera"),
    ]  # fmt: skip
    assert set(Users(tmp_path).roles()) == {"elsa", "vera"}


def test_a_user_who_is_not_there_is_not_written_of(tmp_path, secret):
    make_users(tmp_path, elsa="engineer")
    assert "unknown user 'otto'" in str(user("remove", tmp_path, "otto"))
    assert "unknown user 'otto'" in str(user("passwd", tmp_path, "otto"))
    assert not (tmp_path / "audit.jsonl").exists()
