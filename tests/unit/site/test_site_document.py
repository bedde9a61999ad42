import pytest

from twin.errors import BadInput
from twin.site.document import read_document


def read(tmp_path, text):
    path = tmp_path / "site.yaml"
    path.write_text(text)
    return read_document(path)


def test_values_and_lines(tmp_path):
    document = read(tmp_path, "a: 1\nb:\n  c: [2.5, yes, true]\n  d: x -> y\n")
    assert document.data == {"a": 1, "b": {"c": [2.5, "yes", True], "d": "x -> y"}}
    assert document.place("b", "c", 1) == "site.yaml:3 b.c[1]"
    assert document.place("b", "d") == "site.yaml:4 b.d"
    assert document.place() == "site.yaml:1"


def test_a_place_that_is_not_there_gets_the_line_around_it(tmp_path):
    document = read(tmp_path, "a: 1\nb:\n  c: 2\n")
    assert document.place("b", "e") == "site.yaml:2 b.e"


REFUSED = [
    ("a: [1,\nb: 2", r"site\.yaml:2: not YAML"),
    ("a: 'open\n", r"site\.yaml:2: not YAML"),
    ("a: 1\n b: 2\n", r"site\.yaml:2: not YAML"),
    ("a: {unit: %}", r"site\.yaml:1: not YAML: found character '%'"),
    ("a: \x01", r"site\.yaml: not YAML: .*special characters"),
    ("a: 1\n---\nb: 2", r"site\.yaml:2: not YAML"),
    ("a: 1\nb: {c: 1, c: 2}\na: 2", r"site\.yaml:2 b\.c: key given twice, first on line 2\n"),
    ("a: 1\nb: 2\na: 2", r"site\.yaml:3 a: key given twice, first on line 1"),
    ("a: &x [1]\nb: *x", r"site\.yaml:1 b: aliases"),
    ("a: &x [*x]", r"aliases"),
    ("a: !python/object:os.system x", r"site\.yaml:1 a: tag"),
    ("a: !!int five", r"site\.yaml:1 a: 'five' is not what its tag says"),
    ("a: !!int ''", r"site\.yaml:1 a: '' is not what its tag says"),
    ("a: 1\nb: !!float ''", r"site\.yaml:2 b: '' is not what its tag says"),
    ("a: [!!float _]", r"site\.yaml:1 a\[0\]: '_' is not what its tag says"),
    ("? [a]\n: 1", r"site\.yaml:1: a key must be one word"),
    ("- 1\n- 2\n", r"site\.yaml:1: must be a mapping"),
    ("", r"site\.yaml:1: must be a mapping"),
    ("[" * 2000, r"site\.yaml: nested too deeply"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED, ids=[m for _, m in REFUSED])
def test_what_is_no_plain_mapping_is_refused_with_its_line(tmp_path, text, message):
    with pytest.raises(BadInput, match=message):
        read(tmp_path, text)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(BadInput, match=r"none\.yaml: No such file"):
        read_document(tmp_path / "none.yaml")


def test_a_file_that_is_not_text(tmp_path):
    (tmp_path / "site.yaml").write_bytes(b"a: \xff\xfe")
    with pytest.raises(BadInput, match="not UTF-8 text at byte 3"):
        read_document(tmp_path / "site.yaml")
