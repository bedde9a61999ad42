"""Files of procedures, and the points of a site to hold them against."""

import pytest
from commissioning_samples import book_of

from hil.commissioning.load import load_procedures


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
