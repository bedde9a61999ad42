"""Files of procedures, and the points of a site to hold them against."""

import pytest
from commissioning_samples import GAP_S, book_of

from hil.commissioning import judging
from hil.commissioning.load import load_procedures


@pytest.fixture(autouse=True, scope="session")
def short_gaps():
    """Series are written with a letter a second: few must do for a gap that is too long."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(judging, "GAP_S", GAP_S)
        yield


@pytest.fixture
def book():
    return book_of()


@pytest.fixture
def load(tmp_path, book):
    """Writes texts to own.yaml, own2.yaml...; gives the blocks that are in them."""

    def write_and_load(*texts):
        files = [tmp_path / f"own{i + 1 if i else ''}.yaml" for i in range(len(texts))]
        for file, text in zip(files, texts, strict=True):
            file.write_text(text, encoding="utf-8")
        return load_procedures(files, book)

    return write_and_load
