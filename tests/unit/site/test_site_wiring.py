# ruff: noqa: E501  a row of the tables is a line
"""Sites against FMU variables and register maps."""

import pytest

from twin.plant import FmuVariable
from twin.registers.register_map import load_map
from twin.site.check_maps import check_maps
from twin.site.check_plant import check_plant
from twin.site.load import load_site


def Variable(causality, unit, low=None, high=None, kind="Real", **more):
    return FmuVariable("x", 0, kind, causality, "continuous", unit, min=low, max=high, **more)


IN, OUT, PAR = "input", "output", "parameter"
FAULTS = {
    "loop": ("cdu_fouling", "valve_stuck", "pump_wear", "fan_loss", "bypass_leak"),
    "pump": (
        "condenser_fouling",
        "evaporator_fouling",
        "compressor_wear",
        "undercharge",
        "non_condensables",
        "expansion_valve",
    ),
}


def variables(**changed):
    """What the FMUs of the plain site declare; `loop__T_supply=Variable(...)` changes one."""
    table = {
        "loop": {
            "P_it": (IN, "W"), "T_outdoor": (IN, "K"), "m_source": (IN, "kg/s"),
            "u_pump": (IN, "-"), "T_source": (OUT, "K"), "T_supply": (OUT, "K"),
            "E_it": (OUT, "J"),
        },
        "pump": {
            "T_source_in": (IN, "K"), "T_sink_in": (IN, "K"), "u_run": (IN, "1"),
            "m_source": (OUT, "kg/s"), "T_source_out": (OUT, "K"), "E_electric": (OUT, "J"),
            "UA": (PAR, "W/K"),
        },
    }  # fmt: skip
    found = {p: {n: Variable(*v) for n, v in vs.items()} for p, vs in table.items()}
    for part, names in FAULTS.items():
        found[part].update({name: Variable(PAR, "-") for name in names})
    for name, variable in changed.items():
        part, _, key = name.partition("__")
        found[part] = {k: v for k, v in found[part].items() if k != key}
        if variable is not None:
            found[part][key] = variable
    return found


# the twin of the plain site leaves inputs without a signal: said once, not in every test
def plant_mistakes(site, found):
    return [m.text for m in check_plant(site, found) if "no signal is given" not in m.text]


def test_a_site_that_fits_its_fmus(plain):
    assert plant_mistakes(plain, variables()) == []


def test_an_fmu_that_declares_no_unit_takes_what_it_is_given(plain):
    bare = {f"pump__{n}": Variable(IN, None) for n in ("T_source_in", "T_sink_in", "u_run")}
    bare["pump__T_source_out"] = Variable(OUT, None)
    assert plant_mistakes(plain, variables(**bare)) == []


def test_what_the_exchange_cannot_carry_needs_no_feed(plain):
    text = {"pump__name": Variable(IN, None, kind="String")}
    assert plant_mistakes(plain, variables(**text)) == []


def test_a_twin_needs_a_signal_for_every_input_that_is_no_command(plain):
    texts = [m.text for m in check_plant(plain, variables())]
    assert texts == [
        "site.yaml:39 twin.loop.boundary: no signal is given for the input 'T_outdoor'",
        "site.yaml:39 twin.loop.boundary: no signal is given for the input 'm_source'",
    ]


PLANT = [
    ({"loop__T_supply": None}, "site.yaml:17 signals.loop.T_supply: unknown variable 'T_supply'"),
    ({"loop__T_supply": Variable(OUT, "W")}, "site.yaml:17 signals.loop.T_supply.unit = 'degC': unit 'W' (power) cannot become 'degC' (temperature)"),
    ({"pump__T_source_out": None}, "site.yaml:19 signals.pump.T_out.of: unknown variable 'T_source_out', did you mean 'T_source_in'?"),
    ({"pump__E_electric": None}, "site.yaml:43 accounts.balance_in[1]: unknown variable 'E_electric'"),
    ({"pump__T_sink_in": Variable(IN, "degC")}, "site.yaml:14 boundary.pump.T_sink_in: pump.T_sink_in has the unit degC: must be the SI unit K here"),
    ({"pump__u_run": Variable(IN, "%")}, "site.yaml:36 controllers.pump.commands.u_run = 'pump.u_run': pump.u_run has the unit %: must be the SI unit - here"),
    ({"pump__T_source_out": Variable(OUT, "degC")}, "site.yaml:19 signals.pump.T_out.of = 'pump.T_source_out': pump.T_source_out has the unit degC: must be the SI unit K here"),
    ({"pump__E_electric": Variable(OUT, "kWh")}, "site.yaml:43 accounts.balance_in[1] = 'pump.E_electric': pump.E_electric has the unit kWh: must be the SI unit J here"),
    ({"loop__E_it": Variable(OUT, "W")}, "site.yaml:42 accounts.it[0] = 'loop.E_it': must be an output in J: unit 'W' (power) cannot become 'J' (energy)"),
    ({"loop__E_it": Variable("local", "J")}, "site.yaml:42 accounts.it[0] = 'loop.E_it': must be an output in J, its FMU says local"),
    ({"pump__UA": Variable(PAR, "W/K", 6e3, None)}, "site.yaml:6 plant.parts.pump.parameters.UA = 5000.0: must be at least 6000 W/K"),
    ({"pump__UA": Variable(PAR, "W/K", 0.0, 4e3)}, "site.yaml:6 plant.parts.pump.parameters.UA = 5000.0: must be 0 to 4000 W/K"),
    ({"pump__UA": Variable(PAR, "1", 0.0, 1.0)}, "site.yaml:6 plant.parts.pump.parameters.UA = 5000.0: must be 0 to 1"),
    ({"pump__UA": Variable(PAR, None, kind="Boolean")}, "site.yaml:6 plant.parts.pump.parameters.UA = 5000.0: must be true or false"),
    ({"pump__UA": Variable(PAR, None, kind="Enumeration", items={"eco": 1, "boost": 2})}, "site.yaml:6 plant.parts.pump.parameters.UA = 5000.0: must be one of eco (1), boost (2)"),
    ({"pump__UA": Variable(PAR, None, dimensions=(2,))}, "site.yaml:6 plant.parts.pump.parameters.UA = 5000.0: must be a list of 2 values"),
    ({"pump__T_source_in": Variable(IN, "Pa")}, "site.yaml:8 plant.connections[0] = 'loop.T_source -> pump.T_source_in': unit 'K' (temperature) cannot become 'Pa' (pressure)"),
    ({"pump__T_source_in": Variable(OUT, "K")}, "site.yaml:8 plant.connections[0] = 'loop.T_source -> pump.T_source_in': pump.T_source_in is no input, its FMU says output"),
    ({"loop__T_source": Variable(IN, "K")}, "site.yaml:8 plant.connections[0] = 'loop.T_source -> pump.T_source_in': loop.T_source is no output"),
    ({"loop__T_source": Variable(IN, "K")}, "site.yaml:5 plant.parts.loop: nothing feeds its input 'T_source': connect it, or give it a boundary or a command"),
    ({"loop__P_it": Variable(IN, "K")}, "site.yaml:12 boundary.loop.P_it: unit 'W' (power) cannot become 'K' (temperature)"),
    ({"loop__T_outdoor": Variable(IN, "W")}, "site.yaml:13 boundary.loop.T_outdoor: unit 'K' (temperature) cannot become 'W' (power)"),
    ({"pump__T_sink_in": Variable(IN, "W")}, "site.yaml:14 boundary.pump.T_sink_in: unit 'degC' (temperature) cannot become 'W' (power)"),
    ({"pump__UA": None}, "site.yaml:6 plant.parts.pump.parameters.UA: unknown parameter 'UA'"),
    ({"pump__u_run": None}, "site.yaml:36 controllers.pump.commands.u_run: unknown variable 'u_run'"),
    ({"loop__T_supply": Variable("local", "K")}, "site.yaml:40 twin.loop.watch.T_supply: unknown output 'T_supply'"),
    ({"loop__P_it": Variable(PAR, "W")}, "site.yaml:39 twin.loop.boundary.P_it: unknown input 'P_it'"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "message"), PLANT, ids=[m for _, m in PLANT])
def test_a_site_that_does_not_fit_its_fmus(plain, changed, message):
    texts = plant_mistakes(plain, variables(**changed))
    assert message in [text.split("; known:")[0] for text in texts]


def test_parts_may_be_connected_in_any_unit_but_the_twin_speaks_si(write_site, plain_text):
    celsius = variables(pump__T_source_in=Variable(IN, "degC"))
    assert plant_mistakes(load_site(write_site(plain_text)), celsius) == []
    twin = "accounts:"
    pump = "  pump:\n    boundary: {T_source_in: loop.T_supply}\n    watch: {}\n"
    site = load_site(write_site(plain_text.replace(twin, pump + twin)))
    (mistake,) = plant_mistakes(site, celsius)
    assert mistake.startswith("site.yaml:42 twin.pump.boundary.T_source_in = 'loop.T_supply':")
    assert "has the unit degC: must be the SI unit K here" in mistake


COOLING_MAP = """\
name,table,address,type,scale,unit,access,min,max,tag
T_supply,hr,0,int16,0.01,degC,rw,-20,120,sensor
T_set,hr,10,int16,0.1,degC,rw,15,45,setting
automatic,hr,11,uint16,1,-,rw,0,1,setting
u_pump,ir,0,uint16,0.1,%,r,0,100,command
"""

PUMP_MAP = "name,table,address,type,unit,tag\nu_run,ir,0,uint16,-,command\n"


def map_mistakes(site, tmp_path, cooling):
    maps = {}
    for name, text in (("cooling_loop", cooling), ("heat_pump", PUMP_MAP)):
        path = tmp_path / f"{name}.csv"
        path.write_text(text)
        maps[name] = load_map(path)
    return [m.text for m in check_maps(site, maps, variables())]


def test_a_site_that_fits_its_maps(plain, tmp_path):
    assert map_mistakes(plain, tmp_path, COOLING_MAP) == []


MAPS = [
    ("\nT_supply", "\nT_suply", "site.yaml:30 controllers.loop.sensors.T_supply: unknown sensor of cooling_loop.csv 'T_supply', did you mean 'T_suply'?"),
    ("\nT_supply", "\nT_suply", "site.yaml:30 controllers.loop.sensors: no signal is given for the sensor 'T_suply' of cooling_loop.csv"),
    ("0.01,degC,rw,-20,120", "0.01,kg/s,rw,-20,120", "site.yaml:30 controllers.loop.sensors.T_supply = 'loop.T_supply': unit 'degC' (temperature) cannot become 'kg/s' (mass flow)"),
    ("rw,-20,120", "rw,0,100", "site.yaml:30 controllers.loop.sensors.T_supply = 'loop.T_supply': loop.T_supply reads -20 to 120 degC, the point takes 0 to 100 degC only"),
    ("0.01,degC,rw,-20,120", "0.002,degC,r,,", "site.yaml:30 controllers.loop.sensors.T_supply = 'loop.T_supply': loop.T_supply reads -20 to 120 degC, the point takes -65.536 to 65.534 degC only"),
    ("u_pump,ir,0,uint16,0.1,%", "u_pmp,ir,0,uint16,0.1,%", "site.yaml:31 controllers.loop.commands.u_pump: unknown command of cooling_loop.csv 'u_pump', did you mean 'u_pmp'?"),
    ("0.1,%", "0.1,W", "site.yaml:31 controllers.loop.commands.u_pump = 'loop.u_pump': unit 'W' (power) cannot become '-' (ratio)"),
    ("T_set,", "T_sett,", "site.yaml:29 controllers.loop.settings.T_set: unknown setting of cooling_loop.csv 'T_set', did you mean 'T_sett'?"),
    ("15,45", "35,45", "site.yaml:29 controllers.loop.settings.T_set = 30: must be 35 to 45 degC"),
]  # fmt: skip


@pytest.mark.parametrize(("good", "bad", "message"), MAPS, ids=[m for *_, m in MAPS])
def test_a_site_that_does_not_fit_its_maps(plain, tmp_path, good, bad, message):
    assert good in COOLING_MAP
    texts = map_mistakes(plain, tmp_path, COOLING_MAP.replace(good, bad))
    assert message in [text.split("; known:")[0] for text in texts]


def test_settings_are_the_controllers_own_whatever_its_link_carries(
    write_site, plain_text, tmp_path
):
    site = load_site(write_site(plain_text.replace("role: server", "role: client")))
    remote = tmp_path / "cooling_loop_io.csv"
    remote.write_text(COOLING_MAP.replace("T_set,", "T_other,"))
    (tmp_path / "cooling_loop.csv").write_text(COOLING_MAP)
    (tmp_path / "heat_pump.csv").write_text(PUMP_MAP)
    names = ("cooling_loop_io", "cooling_loop", "heat_pump")
    maps = {name: load_map(tmp_path / f"{name}.csv") for name in names}
    assert [m.text for m in check_maps(site, maps, variables())] == []


def test_a_sensor_without_a_range_cannot_go_to_a_point_with_limits(
    write_site, plain_text, tmp_path
):
    site = load_site(write_site(plain_text.replace(", range: [-20, 120]", "")))
    message = "loop.T_supply needs a range, the point takes -20 to 120 degC only"
    assert any(message in text for text in map_mistakes(site, tmp_path, COOLING_MAP))


def test_an_unknown_controller_type_gets_the_nearest(write_site, plain_text, tmp_path):
    site = load_site(write_site(plain_text.replace("type: heat_pump", "type: heatpump")))
    assert map_mistakes(site, tmp_path, COOLING_MAP) == [
        "site.yaml:33 controllers.pump.type: unknown register map 'heatpump', "
        "did you mean 'heat_pump'?"
    ]


@pytest.mark.parametrize(
    ("line", "messages"),
    [
        ("pump_waer: {sigma: 1 %, time: 1 d}", ["unknown input or fault 'pump_waer', did you mean 'pump_wear'?"]),
        ("T_supply: {sigma: 1 K, time: 1 d}", ["unknown input or fault 'T_supply'"]),
        ("P_it: {sigma: 1 K, time: 1 d}", ["sigma = '1 K': unit 'K' (temperature) cannot become 'kW' (power)"]),
        ("pump_wear: {sigma: 1 W, time: 1 d}", ["sigma = '1 W': unit 'W' (power) cannot become '-' (ratio)"]),
        ("P_it: {sigma: 50 kW, time: 12 h}, pump_wear: {sigma: 1 %, time: 1 d}", []),
    ],
)  # fmt: skip
def test_what_wanders_is_an_input_or_a_fault_of_the_part(write_site, plain_text, line, messages):
    more = f"{{band: 0.8 K}}}}\n    wanders: {{{line}}}\n"
    site = load_site(write_site(plain_text.replace("{band: 0.8 K}}\n", more)))
    found = plant_mistakes(site, variables())
    assert len(found) == len(messages)
    for mistake, message in zip(found, messages, strict=True):
        assert mistake.startswith("site.yaml:41 twin.loop.wanders.")
        assert message in mistake


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("UE: {sigma: 5 %}", "twin.loop.calibrate.UE: unknown parameter 'UE'"),
        ("T_supply: {sigma: 5 %}", "twin.loop.calibrate.T_supply: unknown parameter 'T_supply'"),
        ("none: {sigma: 5 %}", "twin.loop.calibrate.none: has a design value of 0, of which there is no share"),
        ("UA: {sigma: 5 %, high: 300 %}", "twin.loop.calibrate.UA.high = '300 %': 15 must be 0 to 12 W/K"),
    ],
)  # fmt: skip
def test_what_is_calibrated_is_a_parameter_with_a_design_value(
    write_site, plain_text, line, message
):
    more = f"{{band: 0.8 K}}}}\n    calibrate: {{{line}}}\n"
    site = load_site(write_site(plain_text.replace("{band: 0.8 K}}\n", more)))
    UA = Variable(PAR, "W/K", 0.0, 12.0, starts=(5.0,), start=5.0)
    found = variables(loop__UA=UA, loop__none=Variable(PAR, "K", start=0.0))
    (mistake,) = plant_mistakes(site, found)
    assert mistake.startswith(f"site.yaml:41 {message}")


@pytest.mark.parametrize(("found", "shown"), [("1.44 MW/K", " = '1.44 MW/K'"), ("[1, 2]", "")])
def test_a_design_value_that_is_no_number_is_said_once(write_site, plain_text, found, shown):
    text = plain_text.replace(
        "{fmu: CoolingLoop}", f"{{fmu: CoolingLoop, parameters: {{UA: {found}}}}}"
    )
    text = text.replace(
        "{band: 0.8 K}}\n", "{band: 0.8 K}}\n    calibrate: {UA: {sigma: 5 %, low: 10 %}}\n"
    )
    site = load_site(write_site(text))
    (mistake,) = plant_mistakes(site, variables(loop__UA=Variable(PAR, "W/K", start=5.0)))
    assert mistake.startswith(f"site.yaml:5 plant.parts.loop.parameters.UA{shown}: must be a ")
