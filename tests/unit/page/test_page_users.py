"""Users on disk, sessions on a virtual clock, waits after wrong passwords."""

import json
import stat
from multiprocessing import Process

import pytest
from argon2 import PasswordHasher
from hypothesis import given
from hypothesis import strategies as st

from hil.gate.backoff import BackOff
from hil.gate.users import Role, User, Users
from hil.page.sessions import ABSOLUTE_NS, IDLE_NS, MOST, Sessions, csrf_of
from twin.errors import BadInput

QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
PASSWORD = "correct horse battery"
S = 1_000_000_000


class Clock:
    """Time that the test moves [ns]."""

    def __init__(self):
        self.t_ns = 10**18

    def __call__(self):
        return self.t_ns


def users(folder, **roles):
    made = Users(folder, QUICK)
    for name, role in roles.items():
        made.add(name, role, PASSWORD)
    return made


def test_there_is_nobody_to_begin_with(tmp_path):
    nobody = Users(tmp_path, QUICK)
    assert nobody.roles() == {}
    assert nobody.check("admin", "admin") is None
    assert not (tmp_path / "users.json").exists()


def test_a_password_is_kept_as_an_argon2_hash_that_only_we_can_read(tmp_path):
    users(tmp_path, anna="engineer")
    path = tmp_path / "users.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    kept = json.loads(path.read_text())["users"]["anna"]
    assert kept["hash"].startswith("$argon2id$")
    assert PASSWORD not in path.read_text()
    assert PasswordHasher().verify(kept["hash"], PASSWORD)  # the library's own word for it


def test_who_knows_the_password_comes_in(tmp_path):
    known = users(tmp_path, anna="operator")
    user = known.check("anna", PASSWORD)
    assert user is not None
    assert (user.name, user.role) == ("anna", Role.OPERATOR)
    assert known.check("anna", PASSWORD + " ") is None
    assert known.check("Anna", PASSWORD) is None


@pytest.mark.parametrize(
    ("name", "role", "password", "words"),
    [
        ("anna", "operator", PASSWORD, "is taken"),
        ("ANNA", "operator", PASSWORD, "is taken"),
        ("a/b", "operator", PASSWORD, "letters, digits"),
        ("", "operator", PASSWORD, "letters, digits"),
        ("bert", "engeneer", PASSWORD, "did you mean 'engineer'?"),
        ("bert", "operator", "short", "10 to 200 characters"),
        ("bert", "operator", "x" * 201, "10 to 200 characters"),
        ("bert.the.great", "operator", "Bert.The.Great", "must not be the name"),
    ],
)
def test_users_that_cannot_be_made(tmp_path, name, role, password, words):
    known = users(tmp_path, anna="engineer")
    with pytest.raises(BadInput, match=words.replace("?", r"\?")):
        known.add(name, role, password)
    assert set(known.roles()) == {"anna"}


def test_the_last_engineer_stays_while_there_are_others(tmp_path):
    known = users(tmp_path, anna="engineer", bert="viewer")
    with pytest.raises(BadInput, match="last engineer"):
        known.remove("anna")
    known.remove("bert")
    known.remove("anna")
    assert known.roles() == {}
    with pytest.raises(BadInput, match="unknown user 'anna'"):
        known.remove("anna")


def test_what_another_process_changes_is_seen_at_once(tmp_path):
    known = users(tmp_path, anna="engineer")
    Users(tmp_path, QUICK).add("bert", "viewer", PASSWORD)
    assert known.find("bert") is not None
    Users(tmp_path, QUICK).remove("bert")
    assert known.find("bert") is None


def add(folder, name):
    Users(folder, QUICK).add(name, "viewer", PASSWORD)


def test_users_made_at_the_same_time_are_all_there(tmp_path):
    processes = [Process(target=add, args=(tmp_path, f"u{i}")) for i in range(8)]
    for process in processes:
        process.start()
    for process in processes:
        process.join(30)
    assert set(Users(tmp_path, QUICK).roles()) == {f"u{i}" for i in range(8)}


@pytest.mark.parametrize("content", ["", "{", "[]", '{"users": {"a": {}}}', '{"users": 3}'])
def test_a_broken_file_lets_nobody_in_and_says_so(tmp_path, content):
    (tmp_path / "users.json").write_text(content)
    with pytest.raises(BadInput, match=r"users\.json: not a file of users"):
        Users(tmp_path, QUICK).check("anna", PASSWORD)


@pytest.fixture
def anna():
    return User("anna", Role.OPERATOR, "a mark")


def sessions(folder, clock, *people):
    by_name = {user.name: user for user in people}
    return Sessions(folder, by_name.get, clock), by_name


def test_a_session_ends_when_nobody_uses_it(tmp_path, anna):
    clock = Clock()
    known, _ = sessions(tmp_path, clock, anna)
    token = known.begin(anna)
    clock.t_ns += IDLE_NS - 1
    assert known.user(token) == anna
    clock.t_ns += IDLE_NS - 1
    assert known.user(token, use=False) == anna
    clock.t_ns += 1
    assert known.user(token) is None
    clock.t_ns -= 1
    assert known.user(token) is None, "what is over does not come back with the clock"


def test_a_session_that_is_used_ends_too(tmp_path, anna):
    clock = Clock()
    known, _ = sessions(tmp_path, clock, anna)
    token = known.begin(anna)
    begun = clock.t_ns
    while clock.t_ns + IDLE_NS // 2 < begun + ABSOLUTE_NS:
        clock.t_ns += IDLE_NS // 2
        assert known.user(token) == anna
    clock.t_ns = begun + ABSOLUTE_NS
    assert known.user(token) is None


def test_a_session_ends_with_the_password_the_role_or_the_user(tmp_path, anna):
    clock = Clock()
    known, people = sessions(tmp_path, clock, anna)
    for change in (User("anna", Role.OPERATOR, "another mark"), None):
        people["anna"] = anna
        token = known.begin(anna)
        assert known.user(token) == anna
        people["anna"] = change
        assert known.user(token) is None
        people["anna"] = anna
        assert known.user(token) is None


def test_sessions_outlive_the_server_and_the_disk_has_no_token(tmp_path, anna):
    clock = Clock()
    known, _ = sessions(tmp_path, clock, anna)
    token, ended = known.begin(anna), known.begin(anna)
    known.end(ended)
    path = tmp_path / "sessions.json"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert token not in path.read_text()
    assert csrf_of(token) not in path.read_text()
    again, _ = sessions(tmp_path, clock, anna)
    assert again.user(token) == anna
    assert again.user(ended) is None
    path.write_text("{")
    assert sessions(tmp_path, clock, anna)[0].user(token) is None


def test_sessions_do_not_grow_without_end(tmp_path, anna):
    clock = Clock()
    known, _ = sessions(tmp_path, clock, anna)
    first = known.begin(anna)
    for _ in range(MOST):
        clock.t_ns += 1
        last = known.begin(anna)
    assert known.user(first) is None
    assert known.user(last) == anna


@given(st.text(max_size=60))
def test_no_text_is_a_token(text):
    known = Sessions.__new__(Sessions)
    known._sessions = {}
    assert known.user(text) is None


def test_waits_double_and_end():
    clock = Clock()
    waits = BackOff(free=3, longest_s=60, now_ns=clock)
    seen = []
    for _ in range(11):
        waits.failed("anna")
        seen.append(waits.wait_s("anna"))
    assert seen == [0, 0, 1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert waits.wait_s("bert") == 0
    clock.t_ns += 59 * S
    assert waits.wait_s("anna") == 1
    clock.t_ns += S
    assert waits.wait_s("anna") == 0
    clock.t_ns += 120 * S
    waits.failed("anna")
    assert waits.wait_s("anna") == 0, "long ago is forgotten"
    for _ in range(5):
        waits.failed("anna")
    waits.succeeded("anna")
    assert waits.wait_s("anna") == 0


def test_waits_of_many_addresses_take_no_room_without_end():
    waits = BackOff(free=1, longest_s=60, now_ns=Clock())
    for i in range(10_100):
        waits.failed(str(i))
    assert waits.wait_s("0") == 0
    assert waits.wait_s("10099") == 1
