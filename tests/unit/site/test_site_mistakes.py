# ruff: noqa: E501  a row of the tables is a line
"""Every kind of mistake in a site file is refused with file, line, value, rule, nearest word."""

import pytest

from twin.errors import BadInput
from twin.site.load import load_site

# (text of the good file, what it becomes, the whole message)
MISTAKES = [
    # keys
    ("noise: 0.03", "nois: 0.03", "site.yaml:17 signals.loop.T_supply: unknown key 'nois', did you mean 'noise'?"),
    ("baud: 19200", "bauds: 19200", "site.yaml:22 links.line: unknown key 'bauds', did you mean 'baud'?"),
    ("scale_to_max: 5", "scale_max: 5", "site.yaml:12 boundary.loop.P_it: unknown key 'scale_max', did you mean 'scale_to_max'?"),
    ("weather: w", "wether: w", "site.yaml:15: unknown key 'wether', did you mean 'weather'?"),
    ("  it: [", "  itt: [", "site.yaml:42 accounts: unknown key 'itt', did you mean 'it'?"),
    ("fmu: CoolingLoop", "FMU: CoolingLoop", "site.yaml:5 plant.parts.loop: unknown key 'FMU', did you mean 'fmu'?"),
    ("{band: 0.8 K}", "{bnd: 0.8 K}", "site.yaml:40 twin.loop.watch.T_supply: unknown key 'bnd', did you mean 'band'?"),
    ("    unit: 3\n", "", "site.yaml:32 controllers.pump: missing key 'unit'"),
    ("  # the other", "  start: {loop.m_source: 70.0}\n  # the other", "site.yaml:10 plant: unknown key 'start', did you mean 'parts'?"),
    ("title: Two parts and a controller\n", "", "site.yaml:1: missing key 'title'"),
    ("transport: tcp, ", "", "site.yaml:21 links.lan: missing key 'transport'"),
    ("    link: lan\n", "    link: lan\n    link: lan\n", "site.yaml:27 controllers.loop.link: key given twice, first on line 26"),
    # values
    ("unit: 3", "unit: 300", "site.yaml:35 controllers.pump.unit = 300: must be ≤ 247"),
    ("unit: 3", "unit: 0", "site.yaml:35 controllers.pump.unit = 0: must be ≥ 1"),
    ("unit: 3", "unit: three", "site.yaml:35 controllers.pump.unit = 'three': must be a whole number"),
    ("unit: 3", "unit: 3.0", "site.yaml:35 controllers.pump.unit = 3.0: must be a whole number"),
    ("unit: 3", "unit: true", "site.yaml:35 controllers.pump.unit = True: must be a whole number"),
    ("port: 15020", "port: 99999", "site.yaml:21 links.lan.port = 99999: must be ≤ 65535"),
    ("noise: 0.03", "noise: -0.03", "site.yaml:17 signals.loop.T_supply.noise = -0.03: must be ≥ 0.0"),
    ("noise: 0.03", "noise: '0.03'", "site.yaml:17 signals.loop.T_supply.noise = '0.03': must be a number"),
    ("noise: 0.03", "noise: .nan", "site.yaml:17 signals.loop.T_supply.noise = nan: must be a finite number"),
    ("lag: 5 s", "lag: 5", "site.yaml:17 signals.loop.T_supply.lag = 5: must be a time with its unit, such as 5 s"),
    ("lag: 5 s", "lag: 5 K", "site.yaml:17 signals.loop.T_supply.lag = '5 K': must be a time with its unit, such as 5 s or 100 ms"),
    ("[-20, 120]", "[120, -20]", "site.yaml:17 signals.loop.T_supply.range: must be [lowest, highest], found [120.0, -20.0]"),
    ("[-20, 120]", "[-20]", "site.yaml:17 signals.loop.T_supply.range: missing item 2"),
    ("[-20, 120]", "[-20, 1, 2]", "site.yaml:17 signals.loop.T_supply.range: must have at most 2, found 3"),
    ("unit: kW", "unit: KW", "site.yaml:18 signals.loop.P_it.unit = 'KW': unknown unit 'KW', did you mean 'kW'?"),
    ("5.0 MW", "5.0 K", "site.yaml:12 boundary.loop.P_it.scale_to_max = '5.0 K': unit 'K' (temperature) cannot become 'W' (power)"),
    ("5.0 MW", "-5.0 MW", "site.yaml:12 boundary.loop.P_it.scale_to_max = '-5.0 MW': must be > 0"),
    ("5.0 MW", "5.0", "site.yaml:12 boundary.loop.P_it.scale_to_max = 5.0: must be a number with its unit, such as 5.0 MW or 0.8 K"),
    ("5.0 MW", "five MW", "site.yaml:12 boundary.loop.P_it.scale_to_max = 'five MW': 'five' is not a number"),
    ("45 degC", "45 C", "site.yaml:14 boundary.pump.T_sink_in.value = '45 C': unknown unit 'C'"),
    ("transport: tcp", "transport: tpc", "site.yaml:21 links.lan.transport = 'tpc': must be one of tcp, tls, rtu, rtu_tcp, loopback, did you mean 'tcp'?"),
    ("source: it_load", "source: itload", "site.yaml:12 boundary.loop.P_it.source = 'itload': must be one of it_load, weather, constant, did you mean 'it_load'?"),
    ("role: server", "role: slave", "site.yaml:28 controllers.loop.role = 'slave': must be one of server, client"),
    ("parity: E", "parity: even", "site.yaml:22 links.line.parity = 'even': must be one of N, E, O"),
    ("baud: 19200", "baud: 19201", "site.yaml:22 links.line.baud = 19201: must be one of 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200, did you mean '19200'?"),
    ("T_set: 30", "T_set: warm", "site.yaml:29 controllers.loop.settings.T_set = 'warm': must be a finite number, true or false"),
    ("UA: 5.0e3", "UA: {a: 1}", "site.yaml:6 plant.parts.pump.parameters.UA: must be a finite number, true or false, text, or a list of them"),
    ("UA: 5.0e3", "UA: [1, [.inf]]", "site.yaml:6 plant.parts.pump.parameters.UA: must be a finite number, true or false, text, or a list of them"),
    ("    loop: {fmu: CoolingLoop}", "    loop: {fmu: CoolingLoop, interface: model_exchang}", "site.yaml:5 plant.parts.loop.interface = 'model_exchang': must be one of co_simulation, model_exchange, did you mean 'model_exchange'?"),
    ("    loop: {fmu: CoolingLoop}", "    loop: {fmu: CoolingLoop, step: 0 s}", "site.yaml:5 plant.parts.loop.step = '0 s': must be > 0"),
    ("0.8 K", "0 K", "site.yaml:40 twin.loop.watch.T_supply.band = '0 K': must be > 0"),
    ("title: Two parts and a controller", "title: 2", "site.yaml:2 title = 2: must be text"),
    ("  it: [loop.E_it]", "  it: loop.E_it", "site.yaml:42 accounts.it = 'loop.E_it': must be a list"),
    ("    loop: {fmu: CoolingLoop}", "    loop: CoolingLoop", "site.yaml:5 plant.parts.loop = 'CoolingLoop': must be a mapping of keys to values"),
    ("site: plain", f"site: {'x' * 101}", f"site.yaml:1 site = {'x' * 101!r}: a name has at most 100 characters"),
    ("site: plain", "site: Plain Site", "site.yaml:1 site = 'Plain Site': a name is lower-case letters, digits and _, beginning with a letter"),
    ("T_source -> pump", "T_source to pump", "site.yaml:8 plant.connections[0] = 'loop.T_source to pump.T_source_in': must be PART.OUTPUT -> PART.INPUT"),
    ("T_supply: loop.T_supply", "T_supply: T_supply", "site.yaml:30 controllers.loop.sensors.T_supply = 'T_supply': must be PART.VARIABLE, such as heat_pump.T_sink_out"),
    # between sections
    ("-> pump.T_source_in", "-> pmp.T_source_in", "site.yaml:8 plant.connections[0]: unknown part 'pmp', did you mean 'pump'?"),
    ("of: pump.T", "of: pumps.T", "site.yaml:19 signals.pump.T_out.of: unknown part 'pumps', did you mean 'pump'?"),
    ("accounts:", "performance: {lopp.COP: {heat: loop.P_it, power: loop.P_it}}\naccounts:", "site.yaml:41 performance.lopp.COP: unknown part 'lopp', did you mean 'loop'?"),
    ("accounts:", "performance: {loop.COP: {heat: loop.P_ti, power: loop.P_it}}\naccounts:", "site.yaml:41 performance.loop.COP.heat: unknown signal 'loop.P_ti', did you mean 'loop.P_it'?"),
    ("accounts:", "performance: {loop.COP: {heat: loop.P_it, power: loop.T_supply}}\naccounts:", "site.yaml:41 performance.loop.COP.power = 'loop.T_supply': must be a signal in W, loop.T_supply is in K"),
    ("accounts:", "performance: {loop.COP: {heat: loop.P_it}}\naccounts:", "site.yaml:41 performance.loop.COP: needs either 'power', or both 'hot' and 'cold'"),
    ("accounts:", "performance: {loop.COP: {heat: 5, power: loop.P_it}}\naccounts:", "site.yaml:41 performance.loop.COP.heat = 5: must be text"),
    ("accounts:", "performance: {loop.COP: {stream: {flow: loop.P_it, cold: loop.T_supply, hott: loop.T_supply}, power: loop.P_it}}\naccounts:", "site.yaml:41 performance.loop.COP.stream: unknown key 'hott', did you mean 'hot'?"),
    ("accounts:", "performance: {loop.UA: {heat: loop.P_it, hot: [], cold: [loop.T_supply]}}\naccounts:", "site.yaml:41 performance.loop.UA: needs either 'power', or both 'hot' and 'cold'"),
    ("accounts:", "performance: {loop.UA: {heat: loop.P_it, hot: loop.T_supply, cold: [loop.T_supply]}}\naccounts:", "site.yaml:41 performance.loop.UA.hot = 'loop.T_supply': must be a list"),
    ("accounts:", "performance: {loop.UA: {heat: loop.P_it, hot: [loop.T_supply], cold: [loop.P_it]}}\naccounts:", "site.yaml:41 performance.loop.UA.cold[0] = 'loop.P_it': must be a signal in K, loop.P_it is in W"),
    ("  it: [loop.E_it]", "  it: [lopp.E_it]", "site.yaml:42 accounts.it[0]: unknown part 'lopp', did you mean 'loop'?"),
    ("-> loop.m_source", "-> loop.P_it", "site.yaml:12 boundary.loop.P_it: loop.P_it is already fed by site.yaml:9 plant.connections[1]"),
    ("{u_run: pump.u_run}", "{u_run: loop.u_pump}", "site.yaml:36 controllers.pump.commands.u_run = 'loop.u_pump': loop.u_pump is already fed by site.yaml:31 controllers.loop.commands.u_pump"),
    ("T_supply: loop.T_supply}", "T_supply: loop.T_suply}", "site.yaml:30 controllers.loop.sensors.T_supply: unknown signal 'loop.T_suply', did you mean 'loop.T_supply'?"),
    ("link: line", "link: lane", "site.yaml:34 controllers.pump.link: unknown link 'lane', did you mean 'lan'?"),
    ("link: line\n    unit: 3", "link: lan\n    unit: 1", "site.yaml:35 controllers.pump.unit = 1: unit 1 of lan is already loop"),
    ("link: line\n    unit: 3", "link: lan\n    role: client\n    unit: 3", "site.yaml:35 controllers.pump.role = 'client': one link, one master: loop on lan is a server"),
    ("line: {transport: rtu, baud: 19200, parity: E, device: pty}", "line: {transport: tcp, port: 15020}", "site.yaml:22 links.line.port = 15020: is already the link lan"),
    ("column: T_outdoor", "column: T_outdor", "site.yaml:13 boundary.loop.T_outdoor.column: unknown column 'T_outdor', did you mean 'T_outdoor'?"),
    ("weather: weather.csv\n", "", "site.yaml:13 boundary.loop.T_outdoor.source = 'weather': the site names no file under 'weather'"),
    ("boundary: {P_it: loop.P_it}", "boundary: {P_it: loop.P}", "site.yaml:39 twin.loop.boundary.P_it: unknown signal 'loop.P', did you mean 'loop.P_it'?"),
    ("boundary: {P_it: loop.P_it}", "boundary: {u_pump: loop.P_it}", "site.yaml:39 twin.loop.boundary.u_pump = 'loop.P_it': is a command, the twin takes it by itself"),
    ("watch: {T_supply", "watch: {T_suply", "site.yaml:40 twin.loop.watch.T_suply: unknown signal 'loop.T_suply', did you mean 'loop.T_supply'?"),
    ("band: 0.8 K", "band: 0.8 K, alone: 2 W", "site.yaml:40 twin.loop.watch.T_supply.alone = '2 W': unit 'W' (power) cannot become 'degC' (temperature)"),
    ("band: 0.8 K", "band: 0.8 K, alone: 0.5 K", "site.yaml:40 twin.loop.watch.T_supply.alone = '0.5 K': a model that no reading leads is no better than its band, 0.8 K"),
    ("band: 0.8 K", "band: 0.8 W", "site.yaml:40 twin.loop.watch.T_supply.band = '0.8 W': unit 'W' (power) cannot become 'degC' (temperature)"),
    ("  loop:\n    boundary", "  lop:\n    boundary", "site.yaml:38 twin.lop: unknown part 'lop', did you mean 'loop'?"),
    ("{band: 0.8 K}}\n", "{band: 0.8 K}}\n    settle: {switch: loop.u_pmp, time: 1 min}\n", "site.yaml:41 twin.loop.settle.switch: unknown command of loop 'loop.u_pmp', did you mean 'loop.u_pump'?"),
    ("{band: 0.8 K}}\n", "{band: 0.8 K}}\n    calibrate: {UA: {sigma: 5 K}}\n", "site.yaml:41 twin.loop.calibrate.UA.sigma = '5 K': unit 'K' (temperature) cannot become '-' (ratio)"),
    ("{band: 0.8 K}}\n", "{band: 0.8 K}}\n    calibrate: {UA: {sigma: 0 %}}\n", "site.yaml:41 twin.loop.calibrate.UA.sigma = '0 %': must be > 0"),
    ("{band: 0.8 K}}\n", "{band: 0.8 K}}\n    calibrate: {UA: {sigm: 5 %}}\n", "site.yaml:41 twin.loop.calibrate.UA: unknown key 'sigm', did you mean 'sigma'?"),
    ("{band: 0.8 K}}\n", "{band: 0.8 K}}\n    calibrate: {UA: {sigma: 5 %, low: 105 %}}\n", "site.yaml:41 twin.loop.calibrate.UA.low = '105 %': must be less than 100 % of the design value"),
    ("{band: 0.8 K}}\n", "{band: 0.8 K}}\n    calibrate: {UA: {sigma: 5 %, high: 20 %}}\n", "site.yaml:41 twin.loop.calibrate.UA.high = '20 %': must be more than 100 % of the design value"),
    ("{band: 0.8 K}}\n", "{band: 0.8 K}}\n    settle: {switch: pump.u_run, time: 1 min}\n", "site.yaml:41 twin.loop.settle.switch: unknown command of loop 'pump.u_run'"),
    ("  it: [loop.E_it]", "  it: [loop.E_it, loop.E_it]", "site.yaml:42 accounts.it[1] = 'loop.E_it': is already counted by site.yaml:42 accounts.it[0]"),
    ("unit: 3", "unit: 3\n    emulated: maybe", "site.yaml:36 controllers.pump.emulated = 'maybe': must be true or false"),
    ("fmu: HeatPump", f"fmu: {'a' * 300}.fmu", f"site.yaml:6 plant.parts.pump.fmu = '{'a' * 300}.fmu': File name too long"),
    ("fmu: HeatPump", f"fmu: {'a' * 300}", f"site.yaml:6 plant.parts.pump.fmu = '{'a' * 300}': File name too long"),
    ("fmu: HeatPump", 'fmu: "a\\0b.fmu"', r"site.yaml:6 plant.parts.pump.fmu = 'a\x00b.fmu': no such file"),
    ("weather: weather.csv", 'weather: "a\\0b.csv"', r"site.yaml:15 weather = 'a\x00b.csv': 'a\x00b.csv': embedded null byte"),
    ("fmu: HeatPump", "fmu: mine.fmu", "site.yaml:6 plant.parts.pump.fmu = 'mine.fmu': no such file"),
]  # fmt: skip


@pytest.mark.parametrize(("good", "bad", "message"), MISTAKES, ids=[m[1].strip() for m in MISTAKES])
def test_refusal_says_line_value_rule_and_nearest_word(write_site, plain_text, good, bad, message):
    assert good in plain_text
    with pytest.raises(BadInput) as refusal:
        load_site(write_site(plain_text.replace(good, bad, 1)))
    assert message in [line.split("; known:")[0] for line in str(refusal.value).splitlines()]


def test_all_mistakes_come_at_once_in_the_order_of_the_file(write_site, plain_text):
    text = plain_text.replace("unit: 3", "unit: 300").replace("noise: 0.03", "noise: -1")
    text = text.replace("title:", "titel:")
    with pytest.raises(BadInput) as refusal:
        load_site(write_site(text))
    lines = str(refusal.value).splitlines()
    assert [line.split(" ")[0].strip(":") for line in lines] == [
        "site.yaml:1", "site.yaml:2", "site.yaml:17", "site.yaml:35",
    ]  # fmt: skip


def test_a_watched_part_that_nothing_is_fed_to_is_refused(write_site, plain_text):
    fed = "twin:\n  loop:\n    boundary: {P_it: loop.P_it}\n"
    command = "    commands: {u_pump: loop.u_pump}\n"
    assert fed in plain_text
    assert command in plain_text
    by_commands = plain_text.replace(fed, "twin:\n  loop:\n")
    assert load_site(write_site(by_commands)).twin["loop"].watch
    with pytest.raises(BadInput) as refusal:
        load_site(write_site(by_commands.replace(command, "")))
    said = "site.yaml:37 twin.loop: nothing is fed to it: neither a signal under 'boundary' nor"
    assert said in str(refusal.value)


def test_one_wrong_reference_is_one_line(write_site, plain_text):
    with pytest.raises(BadInput) as refusal:
        load_site(write_site(plain_text.replace("of: pump.T", "of: pumps.T")))
    assert len(str(refusal.value).splitlines()) == 1


def test_a_broken_weather_file_is_refused_with_its_line(write_site, plain_text, tmp_path):
    path = write_site(plain_text)
    (tmp_path / "weather.csv").write_text("time_s,T_outdoor_degC\n0,-8\n3600,cold\n")
    with pytest.raises(BadInput, match=r"site\.yaml:15 weather.*weather\.csv:3: .*'cold'"):
        load_site(path)
