"""The body of a request: a JSON object with declared fields, of text that can be written down."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hil.page import asked
from twin.errors import BadInput

HALVES = ["\ud800", "long enough \udfff", "\udc00\ud800"]


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize(
    "body",
    [lambda half: {"name": half}, lambda half: {half: 1}, lambda half: {"name": [{"a": half}]}],
    ids=["value", "name", "inside"],
)
def test_half_a_character_is_refused_however_it_is_sent(half, body):
    escaped = json.dumps(body(half))
    plain = json.dumps(body(half), ensure_ascii=False).encode("utf-8", "surrogatepass")
    for content in (escaped.encode(), plain):
        with pytest.raises(BadInput, match="surrogates not allowed") as refusal:
            asked.fields(content, "name")
        str(refusal.value).encode()  # it goes back to whoever asked


def test_both_halves_are_a_character():
    assert asked.fields(b'{"name": "\\ud83d\\udd25"}', "name") == {"name": "\U0001f525"}


TEXT = st.text(st.characters(exclude_categories=()))


@given(st.dictionaries(TEXT, TEXT | st.integers() | st.lists(TEXT), max_size=3))
def test_what_is_taken_can_be_written_down(body):
    try:
        found = asked.fields(json.dumps(body).encode(), *body)
    except BadInput:
        return
    assert found == body
    json.dumps(found, ensure_ascii=False).encode()
