"""Addresses that are written down for another working directory."""

import os
from pathlib import Path

import pytest

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
