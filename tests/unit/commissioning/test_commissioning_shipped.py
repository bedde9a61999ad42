"""The shipped procedures: they load at every site, have one name, and prove what is theirs."""

from collections import Counter
from pathlib import Path

import pytest
from commissioning_samples import HEAD, book_of

from hil.commissioning.load import SHIPPED, files_for, find_files, load_procedures
from hil.commissioning.procedure import schema
from hil.commissioning.said import sentence
from twin.errors import BadInput
from twin.site import list_sites

FILES = sorted(SHIPPED.glob("*/*.yaml"))


def shipped(site):
    book = book_of(site)
    return load_procedures(files_for(book.site), book)


@pytest.mark.parametrize("site", list_sites())
def test_every_procedure_loads_at_every_site(site):
    blocks = shipped(site)
    controllers = book_of(site).site.controllers
    assert {b.controller for b in blocks} == set(controllers)
    expected = {(f"{f.parent.name}.{f.stem}", n) for f in FILES for n, c in controllers.items()
                if c.type == f.parent.name}  # fmt: skip
    assert {(b.procedure.procedure, b.controller) for b in blocks} == expected
    assert len({b.key for b in blocks}) == len({b.trace for b in blocks}) == len(blocks)
    # what is left out here is for a reason that somebody can read
    assert all(b.controller in b.skip for b in blocks if b.skip)


def test_a_requirement_is_of_one_procedure():
    procedures = {b.procedure.procedure: b.procedure for b in shipped("mantsala")}
    assert len(procedures) == len(FILES) > 30
    assert all(p.requirements for p in procedures.values())
    count = Counter(r for p in procedures.values() for r in p.requirements)
    assert [name for name, n in count.items() if n > 1] == []


def test_every_folder_is_a_type_and_every_file_has_its_procedures_name():
    for file in FILES:
        head = file.read_text("utf-8").splitlines()
        assert head[0] == f"procedure: {file.parent.name}.{file.stem}"
        assert f"of: {file.parent.name}" in head


def test_every_step_is_a_sentence_and_every_block_judges():
    for block in shipped("mantsala"):
        assert all(sentence(step) for step in block.steps)
        assert {"expect", "sequence", "step_test"} & {step.action for step in block.steps}, (
            block.key
        )


def test_procedures_are_found_by_name_by_type_and_by_path():
    site = book_of().site
    assert find_files(site, ["heat_pump.start_order"]) == [SHIPPED / "heat_pump/start_order.yaml"]
    assert find_files(site, ["network"]) == sorted((SHIPPED / "network").glob("*.yaml"))
    assert find_files(site, ["own/trial.yaml"]) == [Path("own/trial.yaml")]
    twice = find_files(site, ["network.boiler", "network", "network.boiler"])
    assert len(twice) == len(set(twice)) == len(list((SHIPPED / "network").glob("*.yaml")))
    with pytest.raises(BadInput, match=r"'heat_pump.start_oder', did you mean 'heat_pump.start_or"):
        find_files(site, ["heat_pump.start_oder"])


def test_the_schema_names_every_key():
    text = schema()
    assert set(text["properties"]) >= {"procedure", "title", "of", "blocks", "prerequisites"}
    assert set(text["$defs"]["Step"]["properties"]) >= {"set", "expect", "sequence", "over"}
    assert text["additionalProperties"] is False
    assert HEAD.split(":")[0] in text["required"]
