"""A tuning proposal is worth something: with it a loop that was tuned badly is calm and quick."""

import pytest

from firmware_sim import make_controller
from hil.cli.commission_options import boundary_book
from hil.commissioning.load import find_files, load_procedures
from hil.commissioning.loop_table import loops_of
from hil.commissioning.session import Session, run_session
from twin.site import load_site

OVERSHOOT = 0.2
"""Of a step [-]: the wish of the people who tune."""
LOOPS = [
    ("mantsala", "cooling_loop.pump_loop"),
    ("mantsala", "heat_pump.capacity_loop"),
    ("mantsala", "network.boiler_loop"),
    ("mantsala", "network.pump_loop"),
    ("hamina", "cooling_loop.fan_loop"),
]  # fmt: skip


def carried_out(site, block, changes, folder):
    """What came of a block on a controller with some settings changed."""

    def play(type_name, settings):
        mine = changes if type_name == block.procedure.of else {}
        return make_controller(type_name, {**settings, **mine})

    (record,) = run_session(Session(site, [block], folder, play=play)).records
    step = next((s for s in record.steps if s.action == "step_test"), None)
    return record, {} if step is None else step.figures


@pytest.mark.slow
@pytest.mark.parametrize("factor", [5.0, 0.2])
@pytest.mark.parametrize(("name", "loop"), LOOPS)
def test_with_the_proposal_a_badly_tuned_loop_is_calm(
    name, loop, factor, tmp_path, record_property
):
    site = load_site(name)
    book = boundary_book(site)
    (test,) = loops_of(load_procedures(find_files(site, [loop]), book))
    gain, integral = test.test.gain, test.test.integral
    held = book.configured(book.find(f"design.{gain}", test.block.controller))
    _, bad = carried_out(site, test.block, {gain: factor * held}, tmp_path / "bad")
    kp = next((v for n, v in bad.items() if n.startswith("Kp proposed")), None)
    assert kp is not None, bad["no proposal"]
    changes = {gain: kp, integral: bad["Ti proposed [s]"]}
    record, good = carried_out(site, test.block, changes, tmp_path / "good")
    figure = f"{loop} at {name}, gain x{factor:g}: overshoot {good['overshoot [-]']:.2f}"
    figure += f" with Kp {kp:.3g}, Ti {changes[integral]:.3g} s; index of the whole test"
    figure += f" {good['oscillation index [-]'] or 0.0:.2f}"
    record_property("figure", figure)
    assert record.verdict == "pass", record.why
    assert good["overshoot [-]"] < OVERSHOOT
