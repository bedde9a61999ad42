import pytest

from twin.errors import BadInput
from twin.site.kpi import account_energy, balance_error, kpi

ENERGY = {
    "it": 100.0, "dc_auxiliary": 5.0, "recovered": 84.0, "hp_heat": 119.0, "hp_electric": 35.0,
    "balance_in": 140.0, "balance_out": 130.0, "stored": 9.3,
}  # fmt: skip


def test_key_figures_worked_out_by_hand():
    figures = kpi(ENERGY)
    assert figures["pue"] == pytest.approx(1.05)  # 105 / 100
    assert figures["erf"] == pytest.approx(0.8)  # 84 / 105
    assert figures["cop"] == pytest.approx(3.4)  # 119 / 35
    assert balance_error(ENERGY) == pytest.approx(0.005)  # 0.7 / 140


def test_nothing_over_nothing_is_no_figure():
    assert kpi(dict.fromkeys(ENERGY, 0.0)) == {"pue": None, "erf": None, "cop": None}
    assert balance_error(dict.fromkeys(ENERGY, 0.0)) is None


def test_accounts_add_their_meters(plain):
    energy = account_energy(plain.accounts, {"loop.E_it": 3.0, "pump.E_electric": 1.0})
    assert (energy["it"], energy["balance_in"], energy["stored"]) == (3.0, 4.0, 0.0)


def test_a_meter_that_nobody_reads_is_refused(plain):
    with pytest.raises(BadInput, match=r"accounts.balance_in: unknown meter 'pump.E_electric'"):
        account_energy(plain.accounts, {"loop.E_it": 3.0})
