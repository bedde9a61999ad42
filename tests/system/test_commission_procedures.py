"""The shipped procedures: they pass at every site, over every transport, and always the same.

Tests of loops take half of the plant's time: each is run at mantsala and at one of the other sites,
and two of them over every transport.
"""

import pytest
from commission_desk import commission, record_of, verdicts

from hil.cli.commission_options import boundary_book
from hil.commissioning.load import files_for, load_procedures
from twin.site import load_site

OTHER_SITES = ["espoo", "hamina", "helsinki", "kajaani"]
LOOPS_OF_LINES = ["heat_pump.capacity_loop", "network.pump_loop"]
DROPS = [f"--line-fault={name}.drop=0.01@0s" for name in ("cooling_loop", "heat_pump", "network")]


@pytest.fixture(scope="module")
def loopback(tmp_path_factory):
    folder = tmp_path_factory.mktemp("loopback") / "run"
    return folder, *commission("mantsala", "--all", "--json", "--out", folder)


def test_all_of_mantsala_pass(loopback):
    folder, code, summary, said = loopback
    assert code == 0, said
    assert summary["procedures"] == summary["passed"] >= 20
    assert [summary[k] for k in ("failed", "inconclusive", "blocked", "skipped")] == [0, 0, 0, 0]
    assert set(verdicts(folder).values()) == {"pass"}


def test_every_write_went_through_the_gate_and_was_put_back(loopback):
    folder, *_ = loopback
    audit = (folder / "gate" / "audit.jsonl").read_text()
    writes = sum(line["end"]["writes"] for line in record_of(folder) if "end" in line)
    assert audit.count('"event":"confirmed"') >= writes > 20
    assert not (folder / "gate" / "journal.jsonl").exists()


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("ways", [["--transport=tcp"], ["--transport=rtu", *DROPS]], ids=str)
def test_other_transports_give_the_same_verdicts(loopback, ways, tmp_path):
    names = sequences("mantsala") + LOOPS_OF_LINES
    code, _, said = commission("mantsala", *names, "--json", "--out", tmp_path / "run", *ways)
    assert code == 0, said
    found = verdicts(tmp_path / "run")
    assert {name.partition("@")[0] for name in found} == set(names)
    assert found.items() <= verdicts(loopback[0]).items()


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("site", OTHER_SITES)
def test_all_of_the_other_sites_pass_or_do_not_apply(site, tmp_path):
    names = sequences(site) + loops(site)[OTHER_SITES.index(site) :: len(OTHER_SITES)]
    assert len(names) >= 30
    code, summary, said = commission(site, *names, "--json", "--out", tmp_path / "run")
    assert code == 0, said
    assert summary["passed"] == summary["procedures"] - summary["skipped"] >= 28


def sequences(site):
    """Names of the procedures that are no tests of loops."""
    return [name for name in shipped(site) if not name.endswith("_loop")]


def loops(site):
    return [name for name in shipped(site) if name.endswith("_loop")]


def shipped(site):
    found = load_site(site)
    blocks = load_procedures(files_for(found), boundary_book(found))
    return sorted({block.procedure.procedure for block in blocks})


def test_the_same_run_leaves_the_same_bytes(tmp_path):
    words = ("mantsala", "heat_pump.weather_curve", "network.boiler", "--warmup", "10m", "--json")
    runs = [tmp_path / name for name in ("one", "two")]
    for run in runs:
        assert commission(*words, "--out", run)[0] == 0
    one, two = (
        {
            p.relative_to(run): p.read_bytes()
            for p in [*run.glob("traces/*"), run / "commission.jsonl"]
        }
        for run in runs
    )
    assert len(one) > 8
    assert one == two
