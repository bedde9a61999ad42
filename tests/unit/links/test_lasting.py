"""Addresses that are written down for another working directory."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote_plus

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hil.links.address import parse_address
from hil.links.lasting import lasting

HERE = ["rtu:dev/line?baud=9600", "serial://line", "./line?parity=N", "../line"]


@pytest.mark.parametrize("link", HERE)
def test_a_serial_path_leads_to_the_same_place_from_elsewhere(tmp_path, monkeypatch, link):
    for name in ("home", "home/below", "elsewhere"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "home" / "below")
    meant = parse_address(link)
    place = os.path.realpath(meant.path)
    kept = lasting(link)
    monkeypatch.chdir(tmp_path / "elsewhere")
    found = parse_address(kept)
    assert Path(found.path).is_absolute()
    assert os.path.realpath(found.path) == place
    assert (found.baud, found.parity, found.stop_bits) == (
        meant.baud,
        meant.parity,
        meant.stop_bits,
    )
    assert lasting(kept) == kept


NAMES = st.text("+%&=?#; aä\\:\udcff", max_size=40) | st.text(
    st.characters(codec="utf-8", exclude_characters="/\0"), max_size=40
)
"""Names of folders; a byte that is no UTF-8 comes as half a surrogate pair."""


@given(NAMES)
def test_files_of_a_secure_link_are_found_again_whatever_their_folder_is_called(name):
    with TemporaryDirectory() as top, pytest.MonkeyPatch.context() as patch:
        folder = Path(top, f"hall {name}")
        (folder / "below").mkdir(parents=True)
        for file in ("ca.pem", "below/c.pem", "k.pem"):
            (folder / file).write_text(file)
        patch.chdir(folder / "below")
        kept = lasting("tls://plc:1802?ca=../ca.pem&cert=c.pem&key=../k.pem&timeout=2s")
        patch.chdir(top)
        found = parse_address(kept)
        read = [Path(file).read_text() for file in (found.ca, found.certificate, found.key)]
    assert read == ["ca.pem", "below/c.pem", "k.pem"]
    assert (found.host, found.port, found.timeout_s) == ("plc", 1802, 2.0)
    assert lasting(kept) == kept


@given(NAMES)
def test_a_file_that_was_typed_with_escapes_is_the_same_from_elsewhere(name):
    assume(name.isprintable())
    link = f"tls://plc?ca=/{quote_plus(name, errors='surrogateescape')}x&cert=/c%2Bd&key=/k+l"
    meant, found = parse_address(link), parse_address(lasting(link))
    assert (found.certificate, found.key) == ("/c+d", "/k l")
    assert Path(found.ca) == Path(meant.ca)


def test_the_folder_of_a_site_is_written_down_absolute(tmp_path, monkeypatch):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "site.yaml").write_text("")
    monkeypatch.chdir(tmp_path)
    assert lasting("mine.field") == f"{tmp_path / 'mine'}.field"
    assert lasting("./mine.field") == f"{tmp_path / 'mine'}.field"
    assert lasting("mine/site.yaml.field") == f"{tmp_path / 'mine' / 'site.yaml'}.field"


@pytest.mark.parametrize(
    "link",
    ["tcp://10.0.0.5", "rtutcp://[::1]:4001?timeout=2s", "rtu:/dev/ttyUSB0?baud=9600", "rtu:COM3",
     "/dev/serial/by-id/usb-1", "mantsala.field", "tls://plc?ca=/a/ca.pem&name=plc", "pump"],
)  # fmt: skip
def test_what_is_the_same_everywhere_stays_as_it_was_typed(link):
    assert lasting(link) == link
