"""`hukka twin identifiability` on a reference site: facts that can be checked by hand."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hil.bench.direct.plant_rows import Span, plant_rows
from hil.bench.direct.seasons import season_rows
from hil.bench.direct.variant import Variant
from hil.bench.layout import layout_of
from hil.cli.identifiability import _window
from hil.replay.moves import period_of
from hil.replay.watching import Watching
from twin.diagnosis.expectation import Expectation
from twin.diagnosis.learned import Learned
from twin.diagnosis.learned_file import to_bytes
from twin.diagnosis.regression import Regression
from twin.diagnosis.settings import WINDOWS, Settings
from twin.errors import BadInput
from twin.observers.part_model import model_error
from twin.site import load_site
from twin.site.model import Constant, Weather

S = 1_000_000_000
HOUR = 3600 * S
SITE = load_site("mantsala")


def hukka(*words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "hil.cli", "twin", "identifiability", *map(str, words)],
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )


@pytest.fixture(scope="module")
def rows():
    """Three hours in winter, after two of warm-up."""
    return list(plant_rows(SITE, Variant(), Span(3 * HOUR, 10 * S), 3))


def steps_of(rows, carry):
    with Watching(SITE, 10 * S, carry=carry) as watching:
        steps = [
            step
            for b in rows
            for step in watching.observer.follow(
                b.t_ns, b.measured, b.good, b.commands, b.commanded
            )
        ]
        return watching.observer, steps


def test_what_is_carried_changes_nothing_of_what_is_watched(rows):
    plain, without = steps_of(rows, carry=False)
    carrying, steps = steps_of(rows, carry=True)
    assert plain.outputs == plain.watched == carrying.watched
    watched = [carrying.outputs.index(name) for name in plain.watched]
    assert len(carrying.outputs) > len(watched)
    for a, b in zip(without, steps, strict=True):
        np.testing.assert_allclose(b.innovation[watched], a.innovation, rtol=0.03, atol=0.005)
        np.testing.assert_array_equal(b.usable[watched], a.usable)


def test_a_carried_output_says_its_value_and_moves_with_its_faults(rows):
    with Watching(SITE, 10 * S, carry=True) as watching:
        period = period_of(watching, "three hours", rows, HOUR)
    outputs = watching.observer.outputs
    names = [h.name for h in watching.observer.hypotheses]
    makeup = outputs.index("district_network.m_makeup")
    moved = period.windows[-1].signature[makeup]
    # what leaks is made up: 5 kg/s when all of it leaks, and nothing else changes that
    assert moved[names.index("district_network.leak")] == pytest.approx(5.0, abs=1e-6)
    others = [j for j, n in enumerate(names) if n != "district_network.leak"]
    assert np.abs(moved[others]).max() < 1e-6
    measured = np.concatenate([b.measured for b in rows if b.t_ns[-1] > 0])
    told = measured[:, layout_of(SITE).signal("district_network.dp_consumer")]
    said = -period.innovation[outputs.index("district_network.dp_consumer")]
    assert said == pytest.approx(told.mean(), rel=0.05)


def test_a_window_that_is_longer_than_the_data_is_refused(rows):
    with Watching(SITE, 10 * S) as watching, pytest.raises(BadInput, match="less than one window"):
        period_of(watching, "three hours", rows, 24 * HOUR)


def test_seasons_are_days_of_the_year():
    outdoor = layout_of(SITE).signal("district_network.T_outdoor")
    days = {name: next(rows) for name, rows in season_rows(SITE, 600 * S).items()}
    mean = {name: float(block.measured[:, outdoor].mean()) for name, block in days.items()}
    assert list(mean) == ["winter", "summer"]
    assert mean["winter"] < 273.15
    assert mean["summer"] > 273.15 + 10.0
    assert all(block.t_ns[0] == 600 * S - 6 * HOUR for block in days.values())


def test_a_plant_without_weather_has_no_seasons():
    value = {"district_network.Q_demand": "8 MW"}
    still = {
        name: Constant(source="constant", value=value.get(name, "5 degC"))
        for name, feed in SITE.boundary.items()
        if isinstance(feed, Weather)
    }
    assert SITE.year_weather is not None
    days = season_rows(SITE.model_copy(update={"boundary": {**SITE.boundary, **still}}), 600 * S)
    assert list(days) == ["first day", "second day"]
    assert next(days["second day"]).t_ns[0] == 600 * S - 6 * HOUR


def test_every_window_is_taken_by_the_name_that_a_refusal_offers():
    for window in WINDOWS:
        if not window.against:
            assert _window(window.name) is window
            assert _window(window.name.replace(" ", "")) is window


@pytest.mark.slow
@pytest.mark.timeout(280)
def test_mantsala():
    run = hukka("mantsala", "--json")
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout.splitlines()[-1])
    faults = {fault["fault"]: fault for fault in found["faults"]}
    assert found["uncertainty"] == "bands"
    assert sum(found["seen"][key] for key in ("half", "full", "no")) == len(faults)
    # both raise the condensing temperature, and with it the power
    fouling, gas = (faults[f"heat_pump.{n}"] for n in ("condenser_fouling", "non_condensables"))
    assert gas["fault"] in fouling["group"]
    assert fouling["fault"] in gas["group"]
    # flow that is lost by wear, and flow that was not ordered
    assert "cooling_loop.u_pump.offset" in faults["cooling_loop.pump_wear"]["group"]
    # a pump that stands shows nothing
    standing = fouling["periods"]["summer"]
    assert standing["seen"] == "no"
    assert "stands still" in standing["why"]
    # an order is on or off: the model has no slope there
    assert faults["heat_pump.u_run.offset"]["seen"] == "no"
    assert faults["heat_pump.u_run.offset"]["smallest"] is None
    # sizes are in the catalogue's unit: a tenth of a megawatt is 100 kW
    bias = faults["heat_pump.P_electric.bias"]
    assert (bias["unit"], bias["full"]) == ("kW", pytest.approx(200.0))
    assert 0.0 < bias["smallest"] < 200.0
    best = found["sensors"][0]
    assert best["gain"] > 0
    assert best["visible"] or best["separable"]
    assert [s["gain"] for s in found["sensors"]] == sorted(
        (s["gain"] for s in found["sensors"]), reverse=True
    )


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("mantsala", "--window", "5h"), "24 h"),
        (("mantsala", "--window", "long"), "must be a time"),
        (("mantsala", "--map", "map.yaml"), "--data"),
        (("mantsala", "--learned", "nothing.learned"), "hukka twin fit"),
        (("mantsala", "--data", "nothing.csv"), "nothing.csv"),
    ],
)
def test_bad_input_is_one_sentence(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    run = hukka(*words)
    assert run.returncode == 2
    assert said in run.stderr
    assert "Traceback" not in run.stderr


def _nothing(q: int, m: int) -> Regression:
    """No bias at any operating point, none of which was seen."""
    features = 1 + 2 * q
    return Regression(
        *(np.zeros(q), np.ones(q), np.zeros(q), np.zeros(q)),
        *(np.zeros((features, m)), np.eye(features), 3.0, 0.0),
        varied=np.zeros(m),
        points=np.zeros((0, q), np.float32),
        day=np.zeros(0, np.int64),
    )


def learned_file(path: Path) -> None:
    """As if commissioning had found a quarter of what the bands allow, and thresholds of 36."""
    with Watching(SITE, 10 * S) as watching:
        plant, site_hash = watching.plant, watching.site_hash
    settings = Settings()
    m, n = len(plant.signals), len(settings.windows)
    same, none = np.eye(m), np.zeros(m)
    of = [np.flatnonzero(np.array(plant.part_of) == part) for part in plant.parts]
    fed = [np.flatnonzero(np.array(plant.operating_of) == part) for part in plant.parts]
    known = Learned(
        scale=np.array([0.25 * model_error(SITE, name) for name in plant.signals]),
        usual_variance=np.ones(m),
        expectation=Expectation(
            tuple(_nothing(len(c), len(s)) for c, s in zip(fed, of, strict=True)),
            tuple(of),
            tuple(fed),
        ),
        lever=same,
        strange=none,
        mean=(same,) * n,
        slope=(None,) * n,
        keep=(none,) * n,
        fault_at=np.full((n, 3), 36.0),
        unknown_at=np.full((n, 3), 36.0),
        rest=np.full(n, 30.0),
        signature=np.zeros((m, len(plant.hypotheses))),
        restless=np.ones(m),
        days=28.0,
        habits=np.zeros((11, len(plant.channels))),
    )
    path.write_bytes(to_bytes(known, plant, settings, site_hash))


@pytest.mark.slow
@pytest.mark.timeout(280)
def test_own_data_with_what_was_learned(tmp_path: Path) -> None:
    run_folder, learned = tmp_path / "run", tmp_path / "mantsala.learned"
    learned_file(learned)
    bench = [sys.executable, "-m", "hil.cli", "bench", "mantsala", "--pace", "max"]
    more = [
        "--transport",
        "loopback",
        "--duration",
        "6h",
        "--cycle",
        "5s",
        "--out",
        str(run_folder),
    ]
    subprocess.run([*bench, *more], capture_output=True, timeout=200, check=True)
    words = ("mantsala", "--data", run_folder, "--learned", learned, "--window", "1h", "--json")
    run = hukka(*words)
    assert run.returncode == 0, run.stderr
    found = json.loads(run.stdout.splitlines()[-1])
    made_of = found["window"], found["uncertainty"], found["threshold"], found["periods"]
    assert made_of == ("1 h", "learned", 36.0, ["run"])
    faults = {fault["fault"]: fault for fault in found["faults"]}
    # its own reading alone moves by 2 K against 0.1 K
    bias = faults["heat_pump.T_condensing.bias"]
    assert bias["shift"] == pytest.approx(20.0, rel=0.05)
    # 7.28 of 20 sigma; an hour calls less than 0.35 of the full size no fault
    assert bias["smallest"] == pytest.approx(2.0 * max(7.28 / bias["shift"], 0.35), rel=0.01)
