# ruff: noqa: E501  a row of the tables is a line
import json
import zipfile

import pytest
from typer.testing import CliRunner

from hil.cli.commands import app
from twin.errors import BadInput
from twin.site.fault_event import parse_fault, parse_setting
from twin.site.faults import by_name, catalogue
from twin.site.fmu_outline import fmu_outline
from twin.site.load import load_site


def test_process_faults_follow_the_fmu_and_sensor_faults_the_signals(plain):
    names = [fault.name for fault in catalogue(plain)]
    assert "pump.condenser_fouling" in names
    assert "loop.valve_stuck" in names
    assert [n for n in names if n.startswith("loop.T_supply.")] == [
        f"loop.T_supply.{kind}" for kind in ("bias", "drift", "noise", "stuck", "scale")
    ]
    assert len(names) == len(set(names))


def test_sensor_fault_sizes_are_in_the_unit_of_the_signal(plain):
    faults = by_name(plain)
    bias = faults["loop.T_supply.bias"]
    assert (bias.default, bias.unit, bias.part, bias.signal) == (2.0, "K", "loop", "loop.T_supply")
    assert faults["loop.P_it.drift"].unit == "kW/h"
    event = parse_fault("loop.P_it.bias=20@1s", plain)
    assert (event.size, event.size_si) == (20.0, pytest.approx(20e3))
    assert faults["pump.T_out.bias"].signal == "pump.T_out"


def test_what_is_wrong_with_a_meter_grows_with_its_range(write_site, plain_text):
    def bias(given: str):
        text = plain_text.replace("loop.P_it: {unit: kW}", f"loop.P_it: {{unit: {given}}}")
        return by_name(load_site(write_site(text)))["loop.P_it.bias"]

    assert bias("kW").default == 200.0
    assert bias("kW, range: [0, 10000]").default == 200.0
    assert bias("kW, range: [-20000, 180000]").default == 2000.0
    assert bias("MW, range: [0, 200]").default == 2.0
    assert bias("MW, range: [0, 5000]").default == bias("MW").max == 10.0


def test_every_fault_says_what_it_means_and_what_to_look_at(plain):
    for fault in catalogue(plain):
        assert fault.meaning
        assert fault.check
        assert fault.min <= fault.default <= fault.max


def test_a_fault_event(plain):
    event = parse_fault("pump.condenser_fouling=0.3@2h", plain)
    assert (event.fault.name, event.size, event.at_ns) == (
        "pump.condenser_fouling", 0.3, 7_200_000_000_000,
    )  # fmt: skip
    assert parse_fault("loop.valve_stuck@1h30m", plain).size == 1.0
    assert parse_fault("loop.valve_stuck@0s", plain).at_ns == 0


def test_a_fault_that_grows_is_evenly_there(plain):
    event = parse_fault("pump.condenser_fouling=0.4@2h..6h", plain)
    hours = [event.share(h * 3_600_000_000_000) for h in (0, 2, 3, 5, 6, 9)]
    assert hours == [0.0, 0.0, 0.25, 0.75, 1.0, 1.0]
    assert event.text == "pump.condenser_fouling = 0.4, grows for 14400 s"
    step = parse_fault("loop.T_supply.bias=-3@2h", plain)
    assert [step.share(t) for t in (0, step.at_ns - 1, step.at_ns)] == [0.0, 0.0, 1.0]
    assert step.text == "loop.T_supply.bias = -3 K"


FAULTS = [
    ("pump.condensr_fouling@2h", "--fault: unknown fault 'pump.condensr_fouling', did you mean 'pump.condenser_fouling'?"),
    ("condenser_fouling@2h", "--fault: unknown fault 'condenser_fouling', did you mean 'pump.condenser_fouling'?"),
    ("pump.condenser_fouling=3@2h", "--fault pump.condenser_fouling = 3.0: must be 0 to 1 [-]"),
    ("pump.condenser_fouling=nan@2h", "--fault pump.condenser_fouling = 'nan': must be a finite number"),
    ("pump.condenser_fouling=@2h", "--fault pump.condenser_fouling = '': must be a finite number"),
    ("pump.condenser_fouling=0.3", "--fault = 'pump.condenser_fouling=0.3': must be NAME[=SIZE]@TIME[..TIME], such as heat_pump.condenser_fouling=0.3@2h"),
    ("pump.condenser_fouling@", "--fault pump.condenser_fouling: '' is not a duration such as 24h, 90s or 1h30m"),
    ("pump.condenser_fouling@2 o'clock", "--fault pump.condenser_fouling: \"2 o'clock\" is not a duration such as 24h, 90s or 1h30m"),
    ("pump.condenser_fouling@-2h", "--fault pump.condenser_fouling: '-2h' is not a duration such as 24h, 90s or 1h30m"),
    ("pump.condenser_fouling@" + "9" * 400 + "h", None),
    ("pump.condenser_fouling@2h..", "--fault pump.condenser_fouling: '' is not a duration such as 24h, 90s or 1h30m"),
    ("pump.condenser_fouling@2h..2h", "--fault pump.condenser_fouling = '2h..2h': must end after it begins"),
    ("pump.condenser_fouling@3h..2h", "--fault pump.condenser_fouling = '3h..2h': must end after it begins"),
    ("pump.condenser_fouling@1h..99999d", "--fault pump.condenser_fouling = '99999d': must be within 30 years"),
    ("loop.T_supply.stuck@1h..2h", "--fault loop.T_supply.stuck = '1h..2h': must be one time: it cannot grow"),
    ("loop.T_supply.bias=2K@2h", "--fault loop.T_supply.bias = '2K': must be a finite number"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), FAULTS, ids=[t[:40] for t, _ in FAULTS])
def test_refused_faults(plain, text, message):
    with pytest.raises(BadInput) as refusal:
        parse_fault(text, plain)
    assert message is None or str(refusal.value) == message


def test_a_setting(plain):
    setting = parse_setting("pump.eta_carnot=0.5", plain)
    assert (setting.part, setting.parameter, setting.value) == ("pump", "eta_carnot", 0.5)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pmp.eta=0.5", "--set: unknown part 'pmp', did you mean 'pump'?"),
        ("pump.eta", "--set = 'pump.eta': must be PART.PARAMETER=VALUE"),
        ("eta=0.5", "--set = 'eta=0.5': must be PART.PARAMETER=VALUE"),
        ("pump.eta=half", "--set pump.eta = 'half': must be a finite number"),
        ("", "--set = '': must be PART.PARAMETER=VALUE"),
    ],
)
def test_refused_settings(plain, text, message):
    with pytest.raises(BadInput) as refusal:
        parse_setting(text, plain)
    assert str(refusal.value).startswith(message)


VARIABLES = {
    "2.0": '<ScalarVariable name="{name}" valueReference="{i}" causality="{causality}" variability="{variability}"><Real start="0"/></ScalarVariable>',
    "3.0": '<Float64 name="{name}" valueReference="{i}" causality="{causality}" variability="{variability}" start="0"/>',
}


def write_fmu(path, fmi, names, model="CoolingLoop"):
    """A file with nothing but a description: tunable parameters, a fixed one, an output."""
    told = [(name, "parameter", "tunable") for name in names]
    told += [("bypass_leak", "parameter", "fixed"), ("pump_wear", "output", "continuous")]
    rows = [
        VARIABLES[fmi].format(name=n, i=i, causality=c, variability=v)
        for i, (n, c, v) in enumerate(told)
    ]
    variables = f"<ModelVariables>{''.join(rows)}</ModelVariables>"
    text = f'<fmiModelDescription modelName="{model}">{variables}</fmiModelDescription>'
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("modelDescription.xml", text)


def faults_of_loop(write_site, plain_text, file="CoolingLoop.fmu"):
    site = load_site(write_site(plain_text.replace("fmu: CoolingLoop", f"fmu: {file}")))
    return site, [f for f in catalogue(site) if f.kind == "process" and f.part == "loop"]


@pytest.mark.parametrize("fmi", list(VARIABLES))
def test_a_fault_applies_where_the_fmu_has_its_parameter(write_site, plain_text, tmp_path, fmi):
    names = ["valve_stuck", "cdu_fouling[1]", "cdu_fouling[12]", "cdu_fouling_more", "own_idea"]
    write_fmu(tmp_path / "CoolingLoop.fmu", fmi, names)
    site, found = faults_of_loop(write_site, plain_text)
    assert [(f.name, f.parameter) for f in found] == [
        ("loop.valve_stuck", "valve_stuck"),
        ("loop.cdu_fouling[1]", "cdu_fouling[1]"),
        ("loop.cdu_fouling[12]", "cdu_fouling[12]"),
    ]
    event = parse_fault("loop.cdu_fouling[12]=0.4@1h", site)
    assert (event.fault.parameter, event.size) == ("cdu_fouling[12]", 0.4)
    with pytest.raises(BadInput, match=r"unknown fault 'loop.cdu_fouling\[2\]', did you mean"):
        parse_fault("loop.cdu_fouling[2]@1h", site)
    with pytest.raises(BadInput, match=r"unknown fault 'loop\.fan_loss'"):
        parse_fault("loop.fan_loss@1h", site)


def test_a_model_is_known_by_its_own_name_whatever_its_file_is_called(
    write_site, plain_text, tmp_path
):
    write_fmu(tmp_path / "CoolingLoop-3f9a12c4.fmu", "2.0", ["valve_stuck"])
    _, found = faults_of_loop(write_site, plain_text, "CoolingLoop-3f9a12c4.fmu")
    assert [f.name for f in found] == ["loop.valve_stuck"]


def test_a_file_that_is_built_anew_is_read_anew(write_site, plain_text, tmp_path):
    write_fmu(tmp_path / "CoolingLoop.fmu", "2.0", ["valve_stuck"])
    assert len(faults_of_loop(write_site, plain_text)[1]) == 1
    write_fmu(tmp_path / "CoolingLoop.fmu", "2.0", ["valve_stuck", "pump_wear"])
    assert len(faults_of_loop(write_site, plain_text)[1]) == 2


def test_a_file_that_is_no_fmu_leaves_the_catalogue_as_the_table_has_it(
    write_site, plain_text, tmp_path
):
    (tmp_path / "CoolingLoop.fmu").write_text("not a zip")
    names = [f.name for f in faults_of_loop(write_site, plain_text)[1]]
    assert {"loop.cdu_fouling", "loop.fan_loss", "loop.sea_fouling"} <= set(names)


def damaged(whole: bytes):
    """That archive with every byte wrong in two ways."""
    for at in range(len(whole)):
        for value in (0xFF, whole[at] ^ 0x08):
            yield whole[:at] + bytes([value]) + whole[at + 1 :]


@pytest.mark.parametrize("method", [zipfile.ZIP_DEFLATED, zipfile.ZIP_LZMA])
def test_damage_anywhere_is_for_the_plant_to_say(tmp_path, method):
    path = tmp_path / "damaged.fmu"
    with zipfile.ZipFile(path, "w", method) as archive:
        archive.writestr(
            "modelDescription.xml", '<fmiModelDescription modelName="Tank"/>' + " " * 9
        )
    allowed = method == zipfile.ZIP_DEFLATED
    assert (fmu_outline(path) is not None) == allowed
    for n, data in enumerate(damaged(path.read_bytes())):
        other = tmp_path / f"{n}.fmu"
        other.write_bytes(data)
        fmu_outline(other)  # whatever it says, it does say


HOSTILE = {
    "an encoding that nobody knows": b'<?xml version="1.0" encoding="klingon"?><a/>',
    "entities": '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'.encode("utf-16"),
    "too many elements": b"<a>" + b"<a/>" * 2_000_000 + b"</a>",
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_description_that_is_not_to_be_trusted_is_not_read(tmp_path, text):
    path = tmp_path / "hostile.fmu"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("modelDescription.xml", text)
    assert fmu_outline(path) is None


FOREIGN = {
    "2.0": """<fmiModelDescription modelName="Tank">
      <UnitDefinitions/><TypeDefinitions>
        <SimpleType name="Hole"><Real unit="m2" min="0" max="0.01"/></SimpleType>
        <SimpleType name="Kind"><Integer/></SimpleType>
      </TypeDefinitions><ModelVariables>
        <ScalarVariable name="leak" causality="parameter" variability="tunable"
          description="hole in the bottom"><Real declaredType="Hole" start="0"/></ScalarVariable>
        <ScalarVariable name="offset" causality="parameter" variability="tunable"><Real
          start="0" min="-2" max="1" unit="1"/></ScalarVariable>
        <ScalarVariable name="set_point" causality="parameter" variability="tunable"><Real
          start="300" min="0" max="400" unit="K"/></ScalarVariable>
        <ScalarVariable name="open_ended" causality="parameter" variability="tunable"><Real
          start="0" min="0"/></ScalarVariable>
        <ScalarVariable name="mode" causality="parameter" variability="tunable"><Integer
          start="0" min="0" max="3"/></ScalarVariable>
      </ModelVariables></fmiModelDescription>""",
    "3.0": """<fmiModelDescription modelName="Tank"><TypeDefinitions>
        <Float64Type name="Hole" unit="m2" min="0" max="0.01"/>
      </TypeDefinitions><ModelVariables>
        <Float64 name="leak" causality="parameter" variability="tunable" declaredType="Hole"
          start="0" description="hole in the bottom"/>
        <Float32 name="offset" causality="parameter" variability="tunable" start="0" min="-2"
          max="1"/>
        <Float64 name="set_point" causality="parameter" variability="tunable" start="300"
          min="0" max="400" unit="K"/>
        <Float64 name="open_ended" causality="parameter" variability="tunable" start="0" min="0"/>
        <Float64 name="column" causality="parameter" variability="tunable" start="0 0" min="0"
          max="1"><Dimension start="2"/></Float64>
        <Boolean name="mode" causality="parameter" variability="tunable" start="false"/>
      </ModelVariables></fmiModelDescription>""",
}


@pytest.mark.parametrize("fmi", list(FOREIGN))
def test_of_a_foreign_fmu_what_starts_at_zero_within_a_range_can_be_broken(
    write_site, plain_text, tmp_path, fmi
):
    with zipfile.ZipFile(tmp_path / "CoolingLoop.fmu", "w") as archive:
        archive.writestr("modelDescription.xml", FOREIGN[fmi])
    site, found = faults_of_loop(write_site, plain_text)
    assert [(f.name, f.unit, f.default, f.min, f.max) for f in found] == [
        ("loop.leak", "m2", 0.01, 0.0, 0.01),
        ("loop.offset", "-", -2.0, -2.0, 1.0),
    ]
    assert [f.meaning for f in found] == ["hole in the bottom", "the FMU does not say"]
    with pytest.raises(BadInput, match=r"loop\.leak = 1\.0: must be 0 to 0\.01 \[m2\]"):
        parse_fault("loop.leak=1@1h", site)


def test_a_fault_of_one_unit_has_the_usual_size_and_the_nearest_name_is_offered(
    write_site, plain_text, tmp_path
):
    names = ["condenser_fouling", "unit2.condenser_fouling", "unit3.condenser_fouling"]
    write_fmu(tmp_path / "Pumps.fmu", "2.0", names, model="HeatPump")
    site = load_site(write_site(plain_text.replace("fmu: HeatPump", "fmu: Pumps.fmu")))
    event = parse_fault("pump.unit3.condenser_fouling@1h", site)
    assert (event.fault.part, event.fault.parameter) == ("pump", "unit3.condenser_fouling")
    assert (event.size, event.fault.check) == (0.3, by_name(site)["pump.condenser_fouling"].check)
    with pytest.raises(BadInput, match=r"did you mean 'pump\.unit3\.condenser_fouling'\?"):
        parse_fault("pump.unit3.condensor_fouling@1h", site)


def test_the_list_for_programs_is_the_catalogue():
    done = CliRunner().invoke(app, ["faults", "mantsala", "--json"])
    told = json.loads(done.stdout)
    assert [row["name"] for row in told] == [f.name for f in catalogue(load_site("mantsala"))]
    assert {row["kind"] for row in told} == {"process", "sensor", "actuator", "controller", "link"}
