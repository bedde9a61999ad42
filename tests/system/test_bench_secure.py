"""A bench whose controllers stand behind TLS and behind a gateway's socket: one code path."""

import json
import shutil
import sys

import pytest
from bench_processes import ROOT, Bench
from free_ports import free_port
from tls_desk import Authority

from twin.errors import BadInput
from twin.site import load_site

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc")

PLAIN = (
    "site_lan: {transport: tcp, host: 127.0.0.1, port: 15020}",
    "dh_lan: {transport: tcp, host: 127.0.0.1, port: 15021}",
)


@pytest.fixture
def site(tmp_path):
    """Writes the reference site with other links, certificates beside it, and gives its path."""
    folder = tmp_path / "site"
    shutil.copytree(ROOT / "sites/mantsala", folder)
    authority = Authority(folder / "pki")
    authority.files("bench", "bench")
    authority.files("plc")

    def write(*links):
        text = (folder / "site.yaml").read_text()
        for old, new in zip(PLAIN, links, strict=True):
            assert old in text
            text = text.replace(old, new)
        (folder / "site.yaml").write_text(text)
        return folder / "site.yaml"

    return write


def tls(port, more="roles: {bench: write}, emulated: {cert: pki/plc.pem, key: pki/plc.key}"):
    files = "cert: pki/bench.pem, key: pki/bench.key, ca: pki/ca.pem"
    return f"site_lan: {{transport: tls, port: {port}, {files}, {more}}}"


def test_a_bench_runs_over_tls_and_through_a_gateway(tmp_path, site):
    secure, gateway = free_port(), free_port()
    path = site(tls(secure), f"dh_lan: {{transport: rtu_tcp, port: {gateway}}}")
    arguments = (path, "--transport", "site", "--duration", "5s", "--warmup", "10s", "--json")
    with Bench(arguments, tmp_path / "run") as bench:
        assert bench.end() == 0, bench.error
        assert f"site_lan: Modbus/TCP Security 127.0.0.1:{secure}, unit 1 cooling" in bench.error
        assert f"dh_lan: Modbus RTU over TCP 127.0.0.1:{gateway}, unit 1" in bench.error
        links = json.loads(bench.output["out"])["links"]
    for name in ("cooling_loop", "network"):
        assert links[name]["transactions"] > 5
        assert links[name]["errors"] < 0.5 * links[name]["transactions"]


@pytest.mark.slow
def test_a_bench_whose_role_may_only_read_is_refused_its_writes(tmp_path, site):
    more = "roles: {bench: read}, emulated: {cert: pki/plc.pem, key: pki/plc.key}"
    path = site(tls(free_port(), more), PLAIN[1].replace("15021", str(free_port())))
    arguments = (path, "--transport", "site", "--duration", "1h", "--warmup", "10s", "--json")
    with Bench(arguments, tmp_path / "run") as bench:
        assert bench.end() == 4
        assert "cooling_loop" in bench.error
        assert "exception 1" in bench.error
        logs = "".join(f.read_text() for f in (bench.out / "log").iterdir())
    assert "CN=bench at 127.0.0.1 has the role 'bench' and may not use function 16" in logs


def test_certificates_that_are_not_there_are_named(tmp_path, site):
    more = "roles: {bench: write}, emulated: {cert: pki/nope.pem, key: pki/plc.key}"
    path = site(tls(free_port(), more), PLAIN[1].replace("15021", str(free_port())))
    arguments = (path, "--transport", "site", "--duration", "1h", "--warmup", "10s", "--json")
    with Bench(arguments, tmp_path / "run") as bench:
        assert bench.end() == 2
        assert "nope.pem: No such file" in bench.error.splitlines()[-1]


def test_a_served_link_without_roles_is_refused(tmp_path, site):
    path = site(tls(free_port(), "timeout: 1 s"), PLAIN[1])
    arguments = (path, "--transport", "site", "--duration", "1h", "--warmup", "10s", "--json")
    with Bench(arguments, tmp_path / "run") as bench:
        assert bench.end() == 2
        assert "site.yaml links.site_lan.roles = {}: say which role" in bench.error


def test_mistakes_in_a_secure_link_are_found_at_load(site):
    with pytest.raises(BadInput) as refusal:
        load_site(site(tls(802, "roles: {bench: admin}"), PLAIN[1]))
    assert "roles.bench = 'admin': must be one of read, write" in str(refusal.value)
