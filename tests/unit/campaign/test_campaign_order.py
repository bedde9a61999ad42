"""Which plants are begun when: by an executor that computes nothing and notes what it is given."""

from concurrent.futures import Executor, Future

import pytest

from hil.campaign.campaign import Campaign, Plan
from hil.campaign.folder import Folder
from hil.campaign.outcome import Outcome
from hil.campaign.plant import PlantSpec
from hil.campaign.scenario import Scenario, parse_faults
from hil.campaign.work import Commissioned, Place, campaign_site, commission

SITE = campaign_site("mantsala")
FAULTS = "heat_pump.condenser_fouling,cooling_loop.T_supply.bias"
PLANTS = ("north", "south", "west")


class Noting(Executor):
    """Answers at once, in the order in which it is asked."""

    def __init__(self, crash=""):
        self.asked, self.crash = [], crash

    def submit(self, fn, _place, plant, *rest, **_more):
        future = Future()
        if fn is commission:
            self.asked.append((plant["name"], "commissioning"))
            future.set_result(Commissioned(b"", {}, 28.0).plain())
        else:
            scenario = Scenario.of(rest[0])
            self.asked.append((plant["name"], scenario.kind))
            error = "lost" if scenario.kind == self.crash else None
            future.set_result(Outcome(scenario, plant["role"], 864, 0, error=error).line())
        return future


def asked(folder, at_once):
    campaign, executor, told = run_of(folder, at_once)
    assert len(campaign.outcomes) == len(PLANTS) * 5
    assert (told[-1].done, told[-1].total) == (18, 18)
    return executor.asked


def run_of(folder, at_once, crash=""):
    plants = tuple(PlantSpec(name=name, seed=1) for name in PLANTS)
    plan = Plan("mantsala", plants, tuple(parse_faults(FAULTS, SITE)), 10.0, 28.0, 1)
    executor, told = Noting(crash), []
    place = Place("mantsala", None, {})
    campaign = Campaign(
        *(plan, SITE, dict.fromkeys(PLANTS, place), Folder(folder, plan.identity(SITE, {}, None))),
        *(executor, told.append, at_once),
    )
    campaign.run()
    return campaign, executor, told


def of(plant):
    return [(plant, kind) for kind in ("commissioning", "quiet", *["single"] * 4)]


def test_one_at_a_time_finishes_a_plant_before_the_next(tmp_path):
    assert asked(tmp_path / "new", 1) == [run for plant in PLANTS for run in of(plant)]


@pytest.mark.parametrize("at_once", [None, 3])
def test_where_there_is_room_for_all_plants_all_begin(at_once, tmp_path):
    assert [name for name, _ in asked(tmp_path / "new", at_once)[:3]] == list(PLANTS)


def test_what_is_finished_is_not_asked_for_again(tmp_path):
    assert len(asked(tmp_path / "new", 2)) == 18
    assert asked(tmp_path / "new", 2) == []


def test_what_a_lost_quiet_run_would_have_taught_is_waited_for(tmp_path):
    campaign, executor, told = run_of(tmp_path / "new", 1, crash="quiet")
    assert [kind for _, kind in executor.asked] == ["commissioning", "quiet"] * len(PLANTS)
    for plant in PLANTS:
        errors = [o.error for o in campaign.outcomes.values() if o.scenario.plant == plant]
        assert errors == ["lost", *[f"not run: {plant}~quiet~1~- failed"] * 4]
    assert (told[-1].done, told[-1].total) == (18, 18)
    kept = [f.stem for f in (tmp_path / "new" / "runs").iterdir()]
    assert sorted(kept) == [f"{plant}~quiet~1~-" for plant in PLANTS]
    again = asked(tmp_path / "new", 1)
    assert again == [run for plant in PLANTS for run in of(plant)[1:]]
