"""Each channel against a real server on loopback: what arrives, and what is said if not."""

import email
import email.policy
import hashlib
import hmac
import ssl

import pytest
from free_ports import free_port
from mqtt_desk import broker, bus, listener
from tell_made import channels, hook, hook_server, mail, mail_server
from tls_desk import Authority

from hil.tell.courier import sender_of
from hil.tell.sending import Message, NotSent

NOW = 1_764_000_000_000_000_000
MESSAGE = Message(
    "hukka-1.duty.9",
    "[mantsala] KIIREELLINEN: jäähdytys",
    "Missä: jäähdytys\n",
    {"key": "hukka-1.duty.9", "number": 4, "what": "raised"},
)


def send(folder, told, message=MESSAGE):
    (channel,) = channels(duty=told).channels.values()
    return sender_of(channel, folder).send(message, NOW)


@pytest.fixture
def port():
    return free_port()


def test_a_mail_arrives_as_it_was_written(tmp_path, port):
    with mail_server(port) as box:
        answer = send(tmp_path, mail(port, to=["duty@example.org", "anna@example.org"]))
    assert answer == "taken for duty@example.org, anna@example.org"
    (raw,) = box.mails
    got = email.message_from_string(raw, policy=email.policy.default)
    assert got["Subject"] == MESSAGE.subject
    assert got["Message-ID"] == "<hukka-1.duty.9@example.org>"
    assert got["References"] == "<hukka-1.alarm4@example.org>"
    assert got["Date"].datetime.timestamp() == NOW // 10**9
    assert got.get_content().splitlines() == MESSAGE.text.splitlines()


def test_a_mail_that_is_refused_says_why(tmp_path, port):
    with mail_server(port) as box:
        box.answer = "554 no such mailbox"
        with pytest.raises(NotSent, match="554 no such mailbox") as caught:
            send(tmp_path, mail(port))
        assert caught.value.refused
        box.answer = "451 come back later"
        with pytest.raises(NotSent, match="451 come back later") as caught:
            send(tmp_path, mail(port))
        assert not caught.value.refused


@pytest.mark.parametrize("kind", [mail, hook], ids=["mail", "webhook"])
def test_nobody_there(tmp_path, port, kind):
    with pytest.raises(NotSent, match=f"127.0.0.1:{port}") as caught:
        send(tmp_path, kind(port))
    assert not caught.value.refused


class Door:
    """Lets one user in."""

    def __call__(self, server, session, envelope, mechanism, auth_data):
        from aiosmtpd.smtp import AuthResult

        good = (auth_data.login, auth_data.password) == (b"hukka", b"open sesame")
        return AuthResult(success=good, handled=False)


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "ca")


def server_context(files):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files.cert, files.key)
    return context


def test_a_mail_over_starttls_with_a_password_from_a_file(tmp_path, port, authority):
    files = authority.files("mail")
    told = {"security": "starttls", "ca": str(authority.ca), "user": "hukka"}
    options = {"tls_context": server_context(files), "authenticator": Door()}
    (tmp_path / "secret").write_text("open sesame\n", encoding="utf-8")
    with mail_server(port, require_starttls=True, auth_required=True, **options) as box:
        send(tmp_path, mail(port, **told, password={"file": "secret"}))
        assert len(box.mails) == 1
        (tmp_path / "secret").write_text("wrong\n", encoding="utf-8")
        with pytest.raises(NotSent, match="535"):
            send(tmp_path, mail(port, **told, password={"file": "secret"}))
        with pytest.raises(NotSent, match="certificate verify failed"):
            send(tmp_path, mail(port, security="starttls"))


def test_secrets_that_are_not_there_are_named(tmp_path, port, monkeypatch):
    with mail_server(port) as box:
        with pytest.raises(NotSent, match="none: No such file"):
            send(tmp_path, mail(port, user="hukka", password={"file": "none"}))
        monkeypatch.delenv("HUKKA_MAIL", raising=False)
        with pytest.raises(NotSent, match="HUKKA_MAIL of the environment is not set"):
            send(tmp_path, mail(port, user="hukka", password={"env": "HUKKA_MAIL"}))
        assert box.mails == []


def test_a_webhook_is_signed(tmp_path, port, monkeypatch):
    monkeypatch.setenv("HOOK_SECRET", "s3cret")
    with hook_server(port) as server:
        assert send(tmp_path, hook(port, secret={"env": "HOOK_SECRET"})) == "200 OK ok"
    ((headers, body, data),) = server.got
    assert data == MESSAGE.data
    assert headers["Idempotency-Key"] == MESSAGE.key
    stamp = headers["X-Hukka-Timestamp"]
    assert stamp == str(NOW // 10**9)
    signed = hmac.new(b"s3cret", f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    assert headers["X-Hukka-Signature"] == f"sha256={signed}"


@pytest.mark.parametrize(
    ("status", "refused"), [(400, True), (404, True), (302, True), (429, False), (503, False)]
)
def test_what_a_webhook_answers(tmp_path, port, status, refused):
    with hook_server(port) as server:
        server.status = status
        with pytest.raises(NotSent, match=str(status)) as caught:
            send(tmp_path, hook(port))
    assert caught.value.refused is refused


def test_a_webhook_over_tls_trusts_only_who_it_knows(tmp_path, port, authority):
    context = server_context(authority.files("hook"))
    url = {"url": f"https://127.0.0.1:{port}/"}
    with hook_server(port, context) as server:
        send(tmp_path, hook(port, **url, ca=str(authority.ca)))
        assert len(server.got) == 1
        with pytest.raises(NotSent, match="certificate verify failed"):
            send(tmp_path, hook(port, **url))


def test_a_message_over_mqtt_is_acknowledged_and_heard(tmp_path, port):
    with (
        broker(tmp_path, port, "allow_anonymous true"),
        listener(port, "a/b") as (got, arrived),
    ):
        assert send(tmp_path, bus(port)) == f"acknowledged by 127.0.0.1:{port}"
        assert arrived.acquire(timeout=10)
        assert list(got) == [MESSAGE.data]


def test_mqtt_says_who_did_not_let_it_in(tmp_path, port):
    with (
        broker(tmp_path, port, "allow_anonymous false"),
        pytest.raises(NotSent, match=r"[Nn]ot authori"),
    ):
        send(tmp_path, bus(port))
    with pytest.raises(NotSent, match=f"127.0.0.1:{port}"):
        send(tmp_path, bus(port))


# paho leaves the socket of a handshake that failed to the garbage collector
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_mqtt_over_tls_trusts_only_who_it_knows(tmp_path, port, authority):
    files = authority.files("broker")
    tls = (f"certfile {files.cert}", f"keyfile {files.key}", "allow_anonymous true")
    with broker(tmp_path, port, *tls):
        assert send(tmp_path, bus(port, tls=True, ca=str(authority.ca))).startswith("acknowledged")
        with pytest.raises(NotSent, match="certificate verify failed"):
            send(tmp_path, bus(port, tls=True))
