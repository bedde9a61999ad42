"""How long a device may take to answer is what its map says, unless the user says otherwise."""

import socket

import pytest
from io_desk import MAP, io


@pytest.mark.parametrize(("more", "waited_ms"), [((), 200), (("--timeout", "50ms"), 50)])
def test_a_write_waits_as_long_as_the_map_says(tmp_path, monkeypatch, more, waited_ms):
    monkeypatch.setenv("HUKKA_GATE", str(tmp_path / "gate"))
    file = tmp_path / "map.csv"
    file.write_text("#! timeout: 0.2\n" + MAP)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        link = f"tcp://127.0.0.1:{silent.getsockname()[1]}"
        told = ("--reason", "x", "--phrase", link, "--ttl", "1s")
        said = io("write", link, file, "T_limit", "70", *told, *more)
    assert (said.code, said.out) == (2, "")
    assert f"did not answer within {waited_ms} ms" in said.err
