"""Whatever stands in a procedure: it can be planned, or plain words say what is wrong with it."""

import pytest
from commissioning_samples import FULL, book_of
from hypothesis import given, settings
from hypothesis import strategies as st

from hil.commissioning.load import parse_procedure
from hil.commissioning.planned import plan
from hil.commissioning.said import sentence
from twin.errors import BadInput
from twin.site.document import Document, read_document

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(
        ["5 s", "-1 s", "1 K", "T_sink_out", "design.T_sink_max", "warm + 1 K", "lost"]
    ),
    st.sampled_from(["before", "margin", "state", "heat_pump:u_run", "RUNNING", "model", "x.y"]),
    st.just([]),
    st.just({}),
    st.just(["x", "5 s"]),
    st.just({"point": "state", "equals": "RUNNING"}),
    st.just({"T_sink_out": "before"}),
)


@pytest.fixture(scope="module")
def full(tmp_path_factory):
    path = tmp_path_factory.mktemp("full") / "own.yaml"
    path.write_text(FULL)
    return read_document(path)


def replaced(data, key, value):
    if not key:
        return value
    copy = dict(data) if isinstance(data, dict) else list(data)
    copy[key[0]] = replaced(data[key[0]], key[1:], value)
    return copy


@given(st.data())
@settings(max_examples=400)
def test_any_value_anywhere_is_taken_or_refused_in_plain_words(full, data):
    key = data.draw(st.sampled_from([key for key in full.lines if key]))
    value = data.draw(JUNK)
    try:
        document = Document(full.path, replaced(full.data, key, value), full.lines)
        blocks = plan(parse_procedure(document, book_of()), book_of())
    except BadInput as error:
        for line in str(error).splitlines():
            assert line.startswith("own.yaml:")
            assert "Input should" not in line
            assert "Value error" not in line
    else:
        assert all(sentence(step) for block in blocks for step in block.steps)
