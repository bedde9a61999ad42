# ruff: noqa: E501  a row of the table is a line
"""`neighbours.yaml`: what it may say, and how a mistake is told."""

import os

import pytest

from hil.neighbours.settings import Neighbours, first_line, load_neighbours
from twin.errors import BadInput


@pytest.fixture
def read(tmp_path):
    """Reads a text as the file, beside the secret `word`."""
    (tmp_path / "word").write_text("s3cret\n")
    (tmp_path / "word").chmod(0o600)
    (tmp_path / "shown").write_text("s3cret\n")
    (tmp_path / "shown").chmod(0o644)
    (tmp_path / "empty").touch(0o600)

    def load(text):
        (tmp_path / "neighbours.yaml").write_text(text)
        return load_neighbours(tmp_path / "neighbours.yaml")

    return load


def test_nothing_is_said(read, tmp_path):
    for found in (read(""), load_neighbours(tmp_path / "none.yaml")):
        assert (found.mqtt, found.opcua, found.metrics.token_file) == (None, None, None)


def test_everything_is_said(read):
    found = read(
        "mqtt: {broker: 'mqtts://broker.example', user: a, password_file: word, begin: beginning,"
        " prefix: plants/hukka, values: false, batch_rows: 10}\n"
        "opcua: {endpoint: 'opc.tcp://0.0.0.0:4841', user: a, password_file: word}\n"
        "metrics: {token_file: word}\n"
    )
    assert (found.mqtt.place.host, found.mqtt.place.port) == ("broker.example", 8883)
    assert (found.opcua.place.host, found.opcua.place.port) == ("0.0.0.0", 4841)
    assert not found.opcua.place.is_loopback


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("mqtt: {}", "neighbours.yaml:1 mqtt: missing key 'broker'"),
        ("mqt: {broker: 'mqtt://a'}", "unknown key 'mqt', did you mean 'mqtt'?"),
        ("\nmqtt:\n  broker: mqtt://a\n  prefx: b", "neighbours.yaml:4 mqtt: unknown key 'prefx', did you mean 'prefix'?"),
        ("mqtt: {broker: 'mqt://a'}", "= 'mqt://a': must be mqtt://HOST:PORT or mqtts://HOST:PORT, did you mean 'mqtt'?"),
        ("mqtt: {broker: 'mqtt://'}", "without anything else"),
        ("mqtt: {broker: 'mqtt://a:99999'}", "must be mqtt://HOST:PORT or mqtts://HOST:PORT"),
        ("mqtt: {broker: 'mqtt://a/b'}", "without a path"),
        ("mqtt: {broker: 'mqtt://a', prefix: 'a/#'}", "must be a topic without wildcards"),
        ("mqtt: {broker: 'mqtt://a', prefix: '/a'}", "must be a topic without wildcards"),
        ("mqtt: {broker: 'mqtt://a', begin: today}", "mqtt.begin = 'today': must be one of"),
        ("mqtt: {broker: 'mqtt://a', batch_rows: 0}", "mqtt.batch_rows = 0: must be ≥ 1"),
        ("mqtt: {broker: 'mqtt://a', ca: word}", "mqtt.ca = 'word': is for mqtts:// only"),
        ("mqtt: {broker: 'mqtts://a', ca: none.pem}", "mqtt.ca = 'none.pem': No such file"),
        ("mqtt: {broker: 'mqtts://a', cert: word}", "cert and key belong together"),
        ("mqtt: {broker: 'mqtts://a', user: b}", "user and password_file belong together"),
        ("mqtt: {broker: 'mqtts://a', user: b, password_file: empty}", "its first line must be the secret"),
        ("mqtt: {broker: 'mqtt://a', user: b, password_file: word}", "would send the password in the clear: use mqtts://"),
        ("opcua: {endpoint: 'opc.tcp://0.0.0.0:4840'}", "opcua.endpoint = 'opc.tcp://0.0.0.0:4840': is for others too"),
        ("opcua: {endpoint: 'http://a'}", "must be opc.tcp://HOST:PORT"),
    ],
)  # fmt: skip
def test_what_is_refused(read, text, sentence):
    with pytest.raises(BadInput) as refusal:
        read(text)
    assert sentence in str(refusal.value)


def test_passwords_without_tls_stay_on_this_machine(read):
    for host in ("127.0.0.1", "localhost", "[::1]"):
        found = read(f"mqtt: {{broker: 'mqtt://{host}', user: b, password_file: word}}")
        assert found.mqtt.place.is_loopback
    for host in ("localhost.example", "127.0.0.1.example", "128.0.0.1"):
        with pytest.raises(BadInput, match="in the clear"):
            read(f"mqtt: {{broker: 'mqtt://{host}', user: b, password_file: word}}")


@pytest.mark.skipif(os.name != "posix", reason="modes of files")
def test_a_secret_that_others_may_read(read):
    with pytest.raises(BadInput, match="others may read it: chmod 600"):
        read("metrics: {token_file: shown}")


@pytest.mark.parametrize("text", ["", "\n \n", "# mqtt: {host: broker}\n\n  # later\n"])
def test_a_file_of_comments_names_no_neighbour(tmp_path, text):
    path = tmp_path / "neighbours.yaml"
    path.write_text(text, "utf-8")
    assert load_neighbours(path) == load_neighbours(tmp_path / "none.yaml") == Neighbours()


def test_a_secret_that_cannot_be_read_is_said_without_a_piece_of_it(tmp_path):
    file = tmp_path / "secret"
    with pytest.raises(BadInput, match=r"secret: cannot be read: No such file"):
        first_line(file)
    file.write_bytes(b"pass\xffword\n")
    with pytest.raises(BadInput) as found:
        first_line(file)
    assert str(found.value) == f"{file}: is not UTF-8"
