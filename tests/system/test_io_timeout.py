"""How long `hukka io` waits for an answer: as `--timeout` says, else the map, else the link."""

import json

import pytest
from io_desk import MAP, device, io

SILENT = "9"


@pytest.fixture
def line(tmp_path):
    """A line without the unit that is asked, and maps of devices that need 40 and 70 ms."""
    maps = []
    for ms in (40, 70):
        maps.append(tmp_path / f"within{ms}.csv")
        maps[-1].write_text(f"#! timeout: {ms / 1000}\n{MAP}")
    with device(tmp_path, rtu=True) as (link, _):
        yield link.partition("?")[0], *maps


def waited(*arguments):
    said = io(*arguments, "--json")
    whys = {value["why"] for value in json.loads(said.out)["values"]}
    (ms,) = {why.rpartition(" within ")[2] for why in whys}
    return ms


def test_read_waits_as_the_map_says_unless_somebody_says_otherwise(line):
    link, quick, _ = line
    read = ("read", link, "--unit", SILENT)
    assert waited(*read, "--map", quick) == "40 ms"
    assert waited(*read, "--map", quick, "--timeout", "30ms") == "30 ms"
    assert waited("read", f"{link}?timeout=20ms", *read[2:], "--map", quick) == "20 ms"
    assert waited(*read, "hr:0") == "300 ms"


def test_watch_waits_as_the_map_says_and_of_several_as_the_slowest(line):
    link, quick, slow = line
    watch = ("watch", link, "--count", "1")
    assert waited(*watch, "--unit", SILENT, "--map", quick) == "40 ms"
    assert waited(*watch, "--unit", SILENT, "--map", quick, "--timeout", "30ms") == "30 ms"
    devices = ("--device", f"{SILENT}={quick}", "--device", f"8={slow}")
    whys = [v.get("why") for v in looked(*watch, *devices)]
    assert {why.rpartition(" within ")[2] for why in whys if why and " within " in why} == {"70 ms"}
    assert waited(*watch, "--unit", SILENT, "hr:0:1:uint16") == "300 ms"


def looked(*arguments):
    return json.loads(io(*arguments, "--json").out)["values"]
