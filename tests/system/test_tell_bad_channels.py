"""A channel that cannot be used keeps nobody from being told over the others."""

from contextlib import closing

import pytest
from free_ports import free_port
from tell_desk import T0, TellDesk
from tell_made import channels, hook, hook_server, mail, mail_server
from typer.testing import CliRunner

from hil.cli.commands import app
from hil.tell.courier import try_all
from twin.errors import JudgementFailed


class Welcome:
    """Lets everybody in."""

    def __call__(self, server, session, envelope, mechanism, auth_data):
        from aiosmtpd.smtp import AuthResult

        return AuthResult(success=True)


def wrong(kind, folder, port, away):
    """A channel whose fault no load of its settings can see, and what is said of it."""
    (folder / "latin").write_bytes("sähkö".encode("latin-1"))
    (folder / "umlaut").write_text("sähkö", encoding="utf-8")
    (folder / "good").write_text("secret", encoding="utf-8")
    match kind:
        case "a secret that is no UTF-8":
            return hook(away, secret={"file": "latin"}), "latin: is not UTF-8"
        case "a password with an umlaut":
            login = {"user": "hukka", "password": {"file": "umlaut"}}
            return mail(port, **login), "a user or a secret is not ascii"
        case "a host that is no name":
            return mail(port, host="127.0.0.1..", security="tls"), "an address"


KINDS = ("a secret that is no UTF-8", "a password with an umlaut", "a host that is no name")


@pytest.mark.parametrize("kind", KINDS)
def test_the_others_are_told(tmp_path, kind):
    port, away, here = free_port(), free_port(), free_port()
    bad, words = wrong(kind, tmp_path, port, away)
    settings = channels(bad=bad, good=hook(here))
    options = {"authenticator": Welcome(), "auth_require_tls": False}
    with mail_server(port, **options) as box, hook_server(here) as server:
        with closing(TellDesk(tmp_path, settings)) as desk:
            desk.raised(1)
            for _ in range(3):
                reports = desk.turn(10)
            assert words in reports["bad"].trouble
            assert (reports["bad"].waiting, reports["good"].waiting) == (1, 0)
        found = try_all(settings, "mantsala", tmp_path, "test", T0)
        assert [data["number"] for _, _, data in server.got] == [1, None]
        assert box.mails == []
    assert not found["bad"][0]
    assert words in found["bad"][1]
    assert "ä" not in found["bad"][1]


def test_one_whose_secret_is_mended_is_told_what_waited(tmp_path):
    port = free_port()
    (tmp_path / "secret").write_bytes(b"\xe4")
    told = channels(hook=hook(port, secret={"file": "secret"}))
    with hook_server(port) as server, closing(TellDesk(tmp_path, told)) as desk:
        desk.raised(1)
        assert desk.turn(10)["hook"].waiting == 1
        (tmp_path / "secret").write_text("ä", encoding="utf-8")
        assert desk.turn(900)["hook"].waiting == 0
        assert len(server.got) == 1


def test_a_test_of_all_channels_says_it_in_a_line(tmp_path):
    (tmp_path / "latin").write_bytes("sähkö".encode("latin-1"))
    (tmp_path / "tell.yaml").write_text(
        'channels:\n  bad: {kind: webhook, url: "http://127.0.0.1:9/", secret: {file: latin}}\n',
        encoding="utf-8",
    )
    told = CliRunner().invoke(app, ["alarms", "test", str(tmp_path)])
    assert isinstance(told.exception, JudgementFailed)
    assert "bad: NOT taken:" in told.output
    assert "latin: is not UTF-8" in told.output
