"""What the twin is to reckon: powers of meters that nobody has, where a model gives them."""

import zipfile

import pytest

from twin.site.load import load_site
from twin.site.metered import meters, reckoned

OUTPUT = {
    "2.0": '<ScalarVariable name="{name}" causality="{causality}"><Real {unit}/></ScalarVariable>',
    "3.0": '<Float64 name="{name}" causality="{causality}" {unit}/>',
}
BOOK = "  dc_auxiliary: [loop.E_auxiliary]\n  hp_auxiliary: [pump.E_auxiliary]\n"
"""`pump` is not watched, so no twin runs its model."""


def write_fmu(path, fmi, *outputs):
    """A file with nothing but a description of (name, causality, unit)."""
    rows = [
        OUTPUT[fmi].format(name=name, causality=causality, unit=unit and f'unit="{unit}"')
        for name, causality, unit in outputs
    ]
    text = f"<fmiModelDescription><ModelVariables>{''.join(rows)}</ModelVariables>"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("modelDescription.xml", f"{text}</fmiModelDescription>")


@pytest.fixture
def site_of(write_site, plain_text, tmp_path):
    """A small site whose loop is a foreign FMU with these outputs."""

    def made(fmi="2.0", *outputs, more=""):
        write_fmu(tmp_path / "foreign.fmu", fmi, *outputs)
        text = plain_text.replace("fmu: CoolingLoop", "fmu: foreign.fmu") + BOOK
        return load_site(write_site(text.replace("links:\n", f"{more}links:\n")))

    return made


@pytest.mark.parametrize("fmi", list(OUTPUT))
@pytest.mark.parametrize("unit", ["W", ""])
def test_a_power_that_a_watched_model_gives_is_reckoned(site_of, fmi, unit):
    for name in ("P_auxiliary", "Q_auxiliary"):
        assert reckoned(site_of(fmi, (name, "output", unit))) == (f"loop.{name}",)


@pytest.mark.parametrize(
    "variable",
    [
        ("P_other", "output", "W"),
        ("P_auxiliary", "local", "W"),
        ("P_auxiliary", "output", "kW"),  # what a site takes of an FMU is in SI
        ("P_electric", "output", "W"),  # only the balance needs it
    ],
)
def test_a_foreign_model_need_not_give_it(site_of, variable):
    assert reckoned(site_of("2.0", variable)) == ()


@pytest.mark.parametrize(
    "signal",
    [
        "loop.P_auxiliary: {unit: kW}",
        "loop.E_auxiliary: {unit: kWh}",
        "loop.fans: {unit: kW, of: loop.P_auxiliary}",
        "loop.P_auxiliary: {unit: kW, of: loop.P_fans}",  # the name is taken by something else
    ],
)
def test_what_is_measured_is_not_reckoned(site_of, signal):
    power = ("P_auxiliary", "output", "W")
    assert reckoned(site_of("2.0", power, more=f"  {signal}\n")) == ()


@pytest.mark.parametrize("signal", ["loop.P_auxiliary", "loop.fans"])
def test_what_nobody_can_be_asked_for_is_reckoned(site_of, signal):
    power = ("P_auxiliary", "output", "W")
    site = site_of("2.0", power, more=f"  {signal}: {{unit: kW, of: loop.P_auxiliary}}\n")
    assert reckoned(site) == ()
    assert reckoned(site, [signal]) == ("loop.P_auxiliary",)


def test_a_second_sensor_counts_where_nobody_asks_for_the_first(site_of):
    fans = [f"  loop.fans_{n}: {{unit: kW, of: loop.P_auxiliary}}\n" for n in (1, 2)]
    site = site_of("2.0", ("P_auxiliary", "output", "W"), more="".join(fans))
    keys = {"loop.fans_1:measured", "loop.fans_2:measured"}
    assert [one.keys for one in meters(site, "loop.E_auxiliary", keys)] == [
        ("loop.fans_1:measured",),
        ("loop.fans_2:measured",),
    ]
    assert reckoned(site, ["loop.fans_1"]) == ()


def test_a_file_that_is_no_fmu_gives_nothing(site_of, tmp_path):
    site = site_of("2.0", ("P_auxiliary", "output", "W"))
    (tmp_path / "foreign.fmu").write_text("not a zip")
    assert reckoned(site) == ()


@pytest.mark.parametrize("name", ["espoo", "hamina", "helsinki", "kajaani", "mantsala"])
def test_a_reference_site_lacks_the_meters_of_its_pumps_and_no_other(name):
    site = load_site(name)
    known = {f"{signal}:measured" for signal in site.signals}
    found = reckoned(site)
    assert {power.partition(".")[2] for power in found} == {"P_auxiliary"}
    needed = {
        meter
        for account in ("dc_auxiliary", "hp_auxiliary")
        for meter in getattr(site.accounts, account)
    }
    assert {power.replace(".P_", ".E_") for power in found} >= needed
    for name in needed:
        assert meters(site, name, known) == []
        (told,) = meters(site, name, {*known, *(f"{power}:predicted" for power in found)})
        assert told.reckoned
    book = [
        n
        for key, names in site.accounts
        if not key.startswith(("balance", "stored"))
        for n in names
    ]
    assert all(meters(site, n, {*known, *(f"{p}:predicted" for p in found)}) for n in book)


def test_a_measured_power_comes_before_one_that_is_predicted():
    site = load_site("mantsala")
    power = "heat_pump.P_electric"
    told = meters(site, "heat_pump.E_electric", {f"{power}:measured", f"{power}:predicted"})
    assert [(one.keys, one.reckoned) for one in told] == [
        ((f"{power}:measured",), False),
        ((f"{power}:predicted",), True),
    ]
