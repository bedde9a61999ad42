"""Rows of a CSV file of a maker: whatever it separates and however it is encoded."""

import csv
import io
from collections import Counter

from hil.maps.sheet import Rows
from twin.errors import BadInput

_ENCODINGS = ("utf-8-sig", "cp1252", "latin-1")


def text_of_bytes(file: str, data: bytes) -> str:
    """Text of a file: UTF-16 with a mark, UTF-8, else what Windows writes in the west.

    Raises:
        BadInput: it is not text.
    """
    encodings = ("utf-16",) if data[:2] in (b"\xff\xfe", b"\xfe\xff") else _ENCODINGS
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" in text:
            break
        return text
    raise BadInput(f"{file}: not text")


def rows_of_csv(file: str, data: bytes) -> Rows:
    """Place and cells of every row; `#` lines are remarks and count.

    Raises:
        BadInput: not text, or not CSV.
    """
    text = text_of_bytes(file, data)
    lines = [line for line in text.splitlines()[:60] if line.strip() and not line.startswith("#")]
    counts = Counter({mark: sum(line.count(mark) for line in lines) for mark in ";\t,"})
    mark = counts.most_common(1)[0][0] if lines else ","
    kept = ("\n" if line.startswith("#") else line for line in io.StringIO(text, newline=""))
    reader = csv.reader(kept, delimiter=mark, skipinitialspace=True)
    try:
        return [(f"{file}:{reader.line_num}", cells) for cells in reader]
    except csv.Error as error:
        raise BadInput(f"{file}:{reader.line_num}: not CSV: {error}") from None
