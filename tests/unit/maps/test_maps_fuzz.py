"""Whatever a file holds, it becomes a map that loads or a refusal that names it: no traceback."""
# ruff: noqa: E501  # tables are easier to read in long lines

import io
import json
import zipfile
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from maps_samples import SAMPLES, XLSX, workbook

from hil.maps.read import FORMATS, Options, import_bytes
from hil.maps.write import csv_of
from twin.errors import BadInput
from twin.registers import load_map

FUZZ = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    deadline=None,
)


def try_it(folder, data: bytes, **options: object) -> None:
    refused = ""
    try:
        imported, _ = import_bytes("fuzz", data, Options(**options))  # type: ignore[arg-type]
    except BadInput as error:
        refused = str(error)
    if refused:
        assert "fuzz" in refused
        return
    path = folder / "fuzz.csv"
    path.write_text(csv_of("fuzz", imported), encoding="utf-8")
    again = load_map(path)
    assert [replace(p, line=0) for p in again.points.values()] == [
        replace(p, line=0) for p in imported.points
    ]


@FUZZ
@given(st.binary(max_size=300), st.sampled_from(FORMATS), st.booleans())
def test_random_bytes(tmp_path, data, kind, skip):
    try_it(tmp_path, data, format=kind, skip=skip)


BITS = st.one_of(
    st.binary(max_size=6),
    st.sampled_from([b"{", b"]", b"\n", b'"', b"'", b"-1", b"99999999999", b"1e999", b"NaN", b"*a",
                     b"&a ", b": ", b"!!int x", b";", b"\xff", b"\\ud800", b"null", b"0x", b"true"]),
)  # fmt: skip


@pytest.mark.parametrize("name", SAMPLES)
@FUZZ
@given(st.data())
def test_valid_files_with_wounds(tmp_path, name, data):
    content = SAMPLES[name]
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content)))
        cut = data.draw(st.integers(0, 8))
        content = content[:at] + data.draw(BITS) + content[at + cut :]
    try_it(tmp_path, content, format=name.removesuffix("_old"), skip=data.draw(st.booleans()))


LEAVES = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
    | st.sampled_from([-1, 65535, 65536, 10**400, "int16", "hukka:type", "\ud800", "Coil"])
)  # fmt: skip
NESTS = st.lists(LEAVES, max_size=2) | st.dictionaries(st.text(max_size=4), LEAVES, max_size=2)
JSON = LEAVES | NESTS | st.lists(NESTS, max_size=2)


def spots(value: object, at: tuple[object, ...] = ()) -> list[tuple[object, ...]]:
    items = (
        value.items()
        if isinstance(value, dict)
        else enumerate(value)
        if isinstance(value, list)
        else []
    )
    return [at, *[spot for key, inner in items for spot in spots(inner, (*at, key))]]


@pytest.mark.parametrize("name", ["sunspec", "wot"])
@FUZZ
@given(st.data())
def test_trees_with_other_values(tmp_path, name, data):
    tree = json.loads(SAMPLES[name])
    for _ in range(data.draw(st.integers(1, 3))):
        spot = data.draw(st.sampled_from(spots(tree)[1:] or [()]))
        if not spot:
            break
        parent = tree
        for key in spot[:-1]:
            parent = parent[key]
        parent[spot[-1]] = data.draw(JSON)
    content = json.dumps(tree).encode()
    try_it(tmp_path, content, format=name, skip=data.draw(st.booleans()), length=20)


WORDS = st.sampled_from(
    ["Name", "Address", "Type", "Unit", "Scale", "Bit", "Values", "Range", "R/W", "Length", "int16",
     "float", "40001", "30001-30002", "4x1.3", "0x10", "1", "hr", "co", "string", "string8", "rw", "1/0",
     "10^-99", "0=a,1=b", "-5..5", "°C", "=1+1", "#", "٣", "|", "9" * 50]
)  # fmt: skip
CELLS = WORDS | st.none() | st.integers(-(10**6), 10**6) | st.floats() | st.text(max_size=4)


@FUZZ
@given(st.lists(st.lists(WORDS, max_size=7), max_size=6), st.sampled_from(",;\t"), st.booleans())
def test_tables_of_any_words(tmp_path, rows, mark, skip):
    head = mark.join(["Name", "Address", "Type", "Bit", "Scale", "Table", "Range", "Divisor"])
    text = "\n".join([head, *(mark.join(row) for row in rows)])
    try_it(tmp_path, text.encode(), format="csv", skip=skip)


@settings(FUZZ, max_examples=25)
@given(
    st.lists(
        st.lists(WORDS | st.integers(-9, 10**6) | st.floats(allow_nan=False), max_size=5),
        max_size=4,
    ),
    st.booleans(),
)
def test_spreadsheets_of_any_cells(tmp_path, rows, skip):
    content = workbook({"S": [["Name", "Address", "Type", "Scale", "Unit"], *rows]})
    try_it(tmp_path, content, format="xlsx", skip=skip)


@settings(FUZZ, max_examples=40)
@given(st.data())
def test_spreadsheets_whose_inside_is_wounded(tmp_path, data):
    with zipfile.ZipFile(io.BytesIO(XLSX)) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}
    name = data.draw(st.sampled_from(sorted(inside)))
    at = data.draw(st.integers(0, len(inside[name])))
    cut = data.draw(st.integers(0, 30))
    inside[name] = inside[name][:at] + data.draw(BITS) + inside[name][at + cut :]
    if data.draw(st.booleans()):
        del inside[data.draw(st.sampled_from(sorted(inside)))]
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in inside.items():
            archive.writestr(name, content)
    try_it(tmp_path, out.getvalue(), format="xlsx", skip=True)


@pytest.mark.parametrize(
    "text", ['{"group":' * 5000, "[" * 100_000, '{"a":' * 3000 + "1" + "}" * 3000]
)
@pytest.mark.parametrize("kind", ["sunspec", "wot", "homeassistant", "telegraf"])
def test_deep_nests(tmp_path, text, kind):
    try_it(tmp_path, text.encode(), format=kind)
    try_it(tmp_path, b"a = " + text.encode(), format=kind)


def test_aliases_that_double_do_not_go_on_for_ever(tmp_path):
    lines = ["a0: &a0 [x, x]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 40)]
    try_it(tmp_path, "\n".join(["modbus:", *lines]).encode(), format="homeassistant")
