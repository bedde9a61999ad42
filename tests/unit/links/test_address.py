"""Addresses of links: every form, and what is said of those that are none."""

import shutil
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.links.address import Address, open_link, parse_address
from hil.links.rtu import RtuLink
from hil.links.tcp import TcpLink
from twin.errors import BadInput
from twin.site.load import SITES

GOOD = [
    ("tcp://10.0.0.5", Address("tcp", host="10.0.0.5", port=502)),
    ("tcp://plc:1502", Address("tcp", host="plc", port=1502)),
    ("tcp://[::1]:1502?timeout=2s", Address("tcp", host="::1", port=1502, timeout_s=2.0)),
    ("rtutcp://moxa:4001", Address("rtutcp", host="moxa", port=4001)),
    (
        "tls://plc?ca=ca.pem&cert=me.pem&key=me.key",
        Address("tls", host="plc", port=802, ca="ca.pem", certificate="me.pem", key="me.key"),
    ),
    ("rtu:///dev/ttyUSB0", Address("rtu", path="/dev/ttyUSB0")),
    ("rtu:line?baud=9600&parity=none", Address("rtu", path="line", baud=9600, parity="N")),
    ("serial:COM3?stop=2", Address("rtu", path="COM3", stop_bits=2)),
    ("COM12", Address("rtu", path="COM12")),
    ("/dev/ttyS1?parity=o&timeout=50ms",
     Address("rtu", path="/dev/ttyS1", parity="O", timeout_s=0.05)),
    ("./line", Address("rtu", path="./line")),
    ("mantsala.site_lan", Address("tcp", host="127.0.0.1", port=15020)),
]  # fmt: skip

BAD = [
    ("tpc://plc", "link 'tpc://plc': unknown kind of link 'tpc', did you mean 'tcp'?"),
    ("rtutcp://moxa", "link 'rtutcp://moxa': port = '': a gateway's port must be given"),
    ("tcp://plc:99999", "port = '99999': must be 1 to 65535"),
    ("tcp://plc:0", "port = '0': must be 1 to 65535"),
    ("tcp://", "must be tcp://HOST[:PORT]"),
    ("tcp://plc?baud=9600", "unknown option 'baud'; known: timeout"),
    ("tls://plc?ca=ca.pem&cert=me.pem", "key = '': Modbus/TCP Security needs this PEM file"),
    ("rtu:", "path = '': a serial device must be named"),
    ("rtu:line?buad=9600", "unknown option 'buad', did you mean 'baud'?"),
    ("rtu:line?baud=96k", "baud = '96k': must be a rate such as 9600"),
    ("rtu:line?baud=1&baud=2", "baud = '2': is there twice"),
    ("rtu:line?parity=mark", "parity = 'mark': must be N, E or O"),
    ("rtu:line?stop=1.5", "stop = '1.5': must be 1 or 2"),
    ("rtu:line?timeout=0s", "timeout = '0s': must be 1 ms to 60 s"),
    ("rtu:line?timeout=soon", "timeout = 'soon': must be a duration"),
    ("10.0.0.5:502", "did you mean 'tcp://10.0.0.5:502'?"),
    ("mantsla.site_lan", "did you mean 'mantsala.site_lan'?"),
    ("mantsala.site_lna", "site.yaml: unknown link 'site_lna', did you mean 'site_lan'?"),
    ("mantsala.hp_line", "links.hp_line.device = 'pty': a bench makes it under its run folder"),
    ("", "link = '': must be tcp://"),
]


@pytest.mark.parametrize(("text", "address"), GOOD, ids=[g[0] for g in GOOD])
def test_every_form_is_understood(text, address):
    assert parse_address(text) == address


@pytest.mark.parametrize(("text", "message"), BAD, ids=[b[0] for b in BAD])
def test_what_is_none_is_refused_with_the_rule(text, message):
    with pytest.raises(BadInput) as refusal:
        parse_address(text)
    assert message in str(refusal.value)


def test_options_that_were_given_are_remembered():
    assert parse_address("rtu:x?baud=9600&parity=N").given == {"baud", "parity"}
    assert parse_address("rtu:x").given == set()


def test_a_link_of_a_site_file_by_its_path(tmp_path):
    site = tmp_path / "plant"
    shutil.copytree(SITES / "mantsala", site)
    text = (site / "site.yaml").read_text("utf-8")
    line = "{transport: rtu, device: pty, baud: 19200, parity: E, stop_bits: 1}"
    assert line in text
    other = "{transport: rtu, device: /dev/ttyS7, baud: 9600, parity: O, timeout: 2 s}"
    (site / "site.yaml").write_text(text.replace(line, other), "utf-8")
    wanted = Address("rtu", path="/dev/ttyS7", baud=9600, parity="O", timeout_s=2.0)
    assert parse_address(f"{site}.hp_line") == wanted
    assert parse_address(f"{site}/site.yaml.hp_line") == wanted
    assert parse_address(f"{site}.hp_line").given == {"baud", "parity", "stop"}


def test_what_is_opened_is_what_was_named():
    tcp, rtu = open_link("tcp://127.0.0.1:1"), open_link("rtu:/dev/nothing?baud=9600")
    assert isinstance(tcp, TcpLink)
    assert isinstance(rtu, RtuLink)
    assert (tcp.name, rtu.name) == ("tcp://127.0.0.1:1", "/dev/nothing 9600 8E1")


@given(st.text(max_size=30))
def test_any_text_is_an_address_or_refused(text):
    with suppress(BadInput):
        assert isinstance(parse_address(text), Address)
