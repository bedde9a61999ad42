"""A broker that wants a certificate and a password, and a worker that shows them, or wrong ones."""

import shutil
import subprocess

import pytest
from neighbour_desk import Broker, Consumer, Desk, until
from tls_desk import Authority

SETTINGS = """\
mqtt:
  broker: mqtts://127.0.0.1:{port}
  prefix: plants/hukka
  begin: beginning
  user: hukka
  password_file: {password}
  ca: {ca}
  cert: {cert}
  key: {key}
"""


@pytest.fixture(scope="module")
def keys(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    ours, others = Authority(folder / "ours"), Authority(folder / "others", "other CA")
    for name, password in (("right", "s3cret"), ("wrong", "guess")):
        (folder / name).write_text(password + "\n")
        (folder / name).chmod(0o600)
    return folder, ours, others


@pytest.fixture
def broker(tmp_path, keys):
    ours = keys[1]
    own = ours.files("broker")
    maker = shutil.which("mosquitto_passwd")
    if maker is None:
        pytest.skip("mosquitto_passwd is not installed")
    people = tmp_path / "people"
    subprocess.run([maker, "-c", "-b", people, "hukka", "s3cret"], check=True, capture_output=True)
    people.chmod(0o600)
    more = (f"cafile {ours.ca}", f"certfile {own.cert}", f"keyfile {own.key}")
    rules = ("require_certificate true", "allow_anonymous false", f"password_file {people}")
    with Broker(tmp_path / "broker", *more, *rules) as made:
        yield made


def settings(keys, broker, **instead):
    folder, ours, _ = keys
    own = ours.files("worker")
    told = {"port": broker.port, "password": folder / "right", "ca": ours.ca}
    told |= {"cert": own.cert, "key": own.key}
    return SETTINGS.format(**{**told, **instead})


def test_certificate_and_password(tmp_path, keys, broker):
    ours = keys[1]
    own = ours.files("consumer")

    def dress(client):
        client.username_pw_set("hukka", "s3cret")
        client.tls_set(str(ours.ca), str(own.cert), str(own.key))

    consumer = Consumer(broker.port, dress)
    with Desk(tmp_path, settings(keys, broker)) as desk:
        desk.record(100, first=0)
        desk.start()
        until(lambda: consumer.hears(lambda: consumer.count("measured") == 100), "the rows")
        assert consumer.rows["measured"] == desk.written["measured"]
    consumer.close()


@pytest.mark.parametrize(
    ("which", "sentence"),
    [
        ("password", "the broker says: Not authorized"),
        ("authority", "its certificate is not trusted"),
        ("client", "127.0.0.1"),
    ],
)
def test_what_is_wrong_is_said(tmp_path, keys, broker, which, sentence):
    folder, _, others = keys
    strange = others.files("worker")
    instead = {
        "password": {"password": folder / "wrong"},
        "authority": {"ca": others.ca},
        "client": {"cert": strange.cert, "key": strange.key},
    }[which]
    with Desk(tmp_path, settings(keys, broker, **instead)) as desk:
        desk.record(10, first=0)
        desk.start()
        said = desk.says(connected=False)
        assert sentence in said["trouble"]
        assert said["rows"] == 0
