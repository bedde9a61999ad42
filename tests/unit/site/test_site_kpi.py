import pytest

from twin.errors import BadInput
from twin.site.kpi import account_energy, balance_error, kpi
from twin.site.load import load_site
from twin.site.model import Factors

MWH = 3.6e9
ENERGY = {
    "it": 100.0, "dc_auxiliary": 5.0, "recovered": 84.0, "hp_heat": 119.0, "hp_electric": 35.0,
    "hp_auxiliary": 5.0, "hp_cooling": 84.0,
    "balance_in": 140.0, "balance_out": 130.0, "stored": 9.3,
}  # fmt: skip
"""In MWh."""
DIRECT = ENERGY | {"hp_heat": 0.0, "hp_electric": 0.0, "hp_auxiliary": 0.0, "hp_cooling": 0.0}


def joules(energy):
    return {name: MWH * value for name, value in energy.items()}


def factors(**values):
    told = {name: {"value": value, "assumed": True} for name, value in values.items()}
    return Factors.model_validate(told)


def test_key_figures_worked_out_by_hand():
    figures = kpi(joules(ENERGY))
    assert figures == pytest.approx(
        {
            "pue": 1.05,  # 105 / 100
            "erf": 0.8,  # 84 / 105
            "erf_with_hp": 119 / 145,  # the heat pump's 40 on top of 105
            "ere": 0.21,  # 21 / 100
            "ere_with_hp": 0.26,  # (145 - 119) / 100
            "cop": 3.4,  # 119 / 35
            "combined_cop": 5.8,  # 203 / 35
            "scop": 2.975,  # 119 / 40
            "heat_recovered_MWh": 84.0,
            "co2_avoided_t": None,
            "heat_cost_EUR_per_MWh": None,
        }
    )
    assert figures["ere"] == pytest.approx((1.0 - figures["erf"]) * figures["pue"])
    assert balance_error(ENERGY) == pytest.approx(0.005)  # 0.7 / 140


def test_co2_and_cost_worked_out_by_hand():
    told = factors(
        co2_electricity="50 g/kWh",
        co2_replaced="0.2 t/GWh",
        price_electricity="7 ct/kWh",
        price_recovered="10 EUR/MWh",
    )
    figures = kpi(joules(ENERGY), told)
    assert figures["co2_avoided_t"] == pytest.approx((119 * 0.2 - 40 * 50) / 1000)  # does harm
    assert figures["heat_cost_EUR_per_MWh"] == pytest.approx((40 * 70 + 84 * 10) / 119)


def test_heat_given_without_a_heat_pump():
    told = factors(
        co2_electricity="50 kg/MWh", co2_replaced="200 kg/MWh", price_recovered="5 EUR/MWh"
    )
    figures = kpi(joules(DIRECT), told)
    assert figures["co2_avoided_t"] == pytest.approx(84 * 0.2)
    assert figures["heat_cost_EUR_per_MWh"] == pytest.approx(5.0)
    assert figures["erf"] == pytest.approx(0.8)
    without = ("erf_with_hp", "ere_with_hp", "cop", "combined_cop", "scop")
    assert [figures[name] for name in without] == [None] * 5


@pytest.mark.parametrize("missing", ["co2_electricity", "co2_replaced"])
def test_co2_needs_both_factors_and_cost_a_price(missing):
    told = {"co2_electricity": "50 kg/MWh", "co2_replaced": "200 kg/MWh"}
    del told[missing]
    figures = kpi(joules(ENERGY), factors(**told))
    assert (figures["co2_avoided_t"], figures["heat_cost_EUR_per_MWh"]) == (None, None)


def test_nothing_over_nothing_is_no_figure():
    figures = kpi(dict.fromkeys(ENERGY, 0.0), factors(price_electricity="60 EUR/MWh"))
    assert figures.pop("heat_recovered_MWh") == 0.0
    assert set(figures.values()) == {None}
    assert balance_error(dict.fromkeys(ENERGY, 0.0)) is None


FACTORS = """
factors:
  co2_electricity: {value: VALUE, assumed: true}
  price_electricity: {value: 60 EUR/MWh, source: Nord Pool 2024}
"""
WRONG_FACTORS = [
    ("VALUE, assumed: true", "40 kg/MWh", "needs its 'source', or 'assumed: true'"),
    ("VALUE", "-40 kg/MWh", "must be ≥ 0"),
    ("VALUE", "40", "must be a number and one of kg/MWh, g/kWh, t/GWh, such as 40 kg/MWh"),
    ("VALUE", "x kg/MWh", "'x' is not a number"),
    ("VALUE", "inf kg/MWh", "must be a finite number"),
    ("VALUE", "40 EUR/MWh", "must be a number and one of kg/MWh, g/kWh, t/GWh"),
    ("electricity: {value: VALUE", "electricty: {value: 40 kg/MWh", "did you mean 'co2_elec"),
]  # fmt: skip


def test_factors_of_a_site_file(write_site, plain_text):
    site = load_site(write_site(plain_text + FACTORS.replace("VALUE", "0.04 g/kWh")))
    assert site.factors.co2_electricity.value.value == 0.04
    assert site.factors.price_electricity.source == "Nord Pool 2024"
    assert site.factors.co2_replaced is None


@pytest.mark.parametrize(("old", "new", "said"), WRONG_FACTORS, ids=[s for *_, s in WRONG_FACTORS])
def test_wrong_factors_are_refused_with_their_line(write_site, plain_text, old, new, said):
    text = plain_text + FACTORS.replace(old, new).replace("VALUE", "40 kg/MWh")
    with pytest.raises(BadInput) as refusal:
        load_site(write_site(text))
    assert said in str(refusal.value)
    assert "site.yaml:4" in str(refusal.value)
    assert "factors" in str(refusal.value)


def test_accounts_add_their_meters(plain):
    energy = account_energy(plain.accounts, {"loop.E_it": 3.0, "pump.E_electric": 1.0})
    assert (energy["it"], energy["balance_in"], energy["stored"]) == (3.0, 4.0, 0.0)


def test_a_meter_that_nobody_reads_is_refused(plain):
    with pytest.raises(BadInput, match=r"accounts.balance_in: unknown meter 'pump.E_electric'"):
        account_energy(plain.accounts, {"loop.E_it": 3.0})
