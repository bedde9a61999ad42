"""The page on secure links is true: its certificates are made, and a link works with them."""

import shutil
import ssl

import pytest
from docs_shell import ROOT, run_steps, steps, work_folder, write_files
from links_lines import served, small_bank

from hil.links import pdu
from hil.links.roles import RoleRules
from hil.links.tls import TlsLink
from hil.links.tls_identity import TlsFiles, explain
from hil.links.tls_server import TlsServer

PAGE = (ROOT / "docs" / "how-to" / "secure-link.md").read_text(encoding="utf-8")


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl here")
def test_the_certificates_of_the_page_make_a_link(tmp_path):
    with work_folder(tmp_path) as shell:
        write_files(PAGE, shell.folder)
        assert run_steps(shell, PAGE) == []
        pki = shell.folder

        def files(name):
            return TlsFiles(pki / f"{name}.pem", pki / f"{name}.key", pki / "ca.pem")

        rules = RoleRules.of_words({"engineer": "write"})
        bank = small_bank(tmp_path)
        with served(TlsServer("plc", {1: bank}, "127.0.0.1", 0, files("plc"), rules)) as server:
            for name in (None, "plc"):
                link = TlsLink("wan", "127.0.0.1", files("bench"), server.port, server_name=name)
                assert link.role == "engineer"
                reply = link.transact(1, pdu.write_register_request(0, b"\0\x64"))
                assert reply == b"\x06\0\0\0\x64"
                link.close()
    assert len(steps(PAGE)) == 9


def test_what_the_page_lists_is_what_is_said():
    said = {explain(error) for error in _errors()}
    for sentence in (
        "its certificate is not from a CA that we trust",
        "it does not trust the CA of our certificate",
        "its certificate is for another address",
        "its certificate has expired",
        "it does not speak TLS",
        "it does not speak TLS 1.2 or newer",
    ):
        assert f"`{sentence}`" in PAGE
        assert sentence in said


def _errors():
    for code in (10, 20, 62, 64):
        error = ssl.SSLCertVerificationError(1, "x")
        error.verify_code = code
        error.verify_message = "x"
        yield error
    for reason in ("ALERT_UNKNOWN_CA", "WRONG_VERSION_NUMBER", "ALERT_PROTOCOL_VERSION"):
        failure = ssl.SSLError(1, reason)
        failure.reason = reason
        yield failure
