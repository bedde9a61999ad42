"""Whatever stands in a site file: it loads, or BadInput says in plain words what is wrong."""

from hypothesis import given, settings
from hypothesis import strategies as st

from twin.errors import BadInput
from twin.site.check import check_site
from twin.site.document import Document, read_document
from twin.site.load import SITES, parse_site
from twin.site.mistakes import raise_all

MANTSALA = read_document(SITES / "mantsala" / "site.yaml")

JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=8),
    st.sampled_from(["5 s", "-1 s", "1 K", "heat_pump.T_x", "a.b -> c.d", "°C", "pty"]),
    st.just([]),
    st.just({}),
    st.just(["x"]),
    st.just({"x": 1}),
)


def replaced(data, key, value):
    if not key:
        return value
    copy = dict(data) if isinstance(data, dict) else list(data)
    copy[key[0]] = replaced(data[key[0]], key[1:], value)
    return copy


@given(st.sampled_from([key for key in MANTSALA.lines if key]), JUNK)
@settings(max_examples=300, deadline=None)
def test_any_value_anywhere_is_taken_or_refused_in_plain_words(key, value):
    document = Document(MANTSALA.path, replaced(MANTSALA.data, key, value), MANTSALA.lines)
    try:
        raise_all(check_site(parse_site(document)))
    except BadInput as error:
        for line in str(error).splitlines():
            assert line.startswith("site.yaml:") or "weather" in key
            assert "Input should" not in line
            assert "Value error" not in line
