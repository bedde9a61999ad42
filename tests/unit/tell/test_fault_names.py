"""A fault has one name, in messages and on the page, in every language."""

import csv
import json
from pathlib import Path

import pytest

import hil.page
import twin.site
from hil.tell.wording import words

ASSETS = Path(hil.page.__file__).parent / "assets"


def on_the_page(language: str) -> dict[str, str]:
    table = json.loads((ASSETS / f"{language}.json").read_text("utf-8"))
    return {key: text for key, text in table.items() if key.startswith("fault.")}


@pytest.mark.parametrize("language", ["en", "fi"])
def test_the_page_and_messages_call_a_fault_the_same(language):
    told = {key: text for key, text in words(language).items() if key.startswith("fault.")}
    assert on_the_page(language) == told


def test_every_fault_of_the_catalogue_has_a_name_in_messages():
    path = Path(twin.site.__file__).parent / "faults.csv"
    with path.open(encoding="utf-8", newline="") as file:
        last = {row["fault"].rpartition(".")[2] for row in csv.DictReader(file)}
    assert {f"fault.{word}" for word in last} <= words("en").keys()
