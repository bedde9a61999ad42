"""Key figures of a site from its energy meters: pure arithmetic, each figure with its source."""

from collections.abc import Mapping

from twin.errors import unknown
from twin.site.model import Accounts, Factors

J_PER_MWH = 3.6e9
KPI_RATIOS = ("pue", "erf", "erf_with_hp", "ere", "ere_with_hp", "cop", "combined_cop", "scop")
"""The key figures without a unit."""
BALANCE = ("balance_in", "balance_out", "stored")
"""Accounts that hold models against the first law; no key figure needs them."""


def account_energy(accounts: Accounts, meters: Mapping[str, float]) -> dict[str, float]:
    """Energy of each account over a run: the sum of its meters, in the unit of `meters` [J].

    `meters` holds, by PART.VARIABLE, how much each meter has grown since the run began.
    BadInput names a meter that is not among them.
    """
    return {
        name: _sum(name, getattr(accounts, name), meters) for name in type(accounts).model_fields
    }


def kpi(energy: Mapping[str, float], factors: Factors | None = None) -> dict[str, float | None]:
    """Key figures from energies by account [J]; None where a denominator is 0 or a factor absent.

    [-] unless the name says another unit. data_centre = it + dc_auxiliary, driving =
    hp_electric + hp_auxiliary, supplied = hp_heat, or recovered where no heat pump ran.

    - pue, power usage effectiveness, ISO/IEC 30134-2: data_centre / it.
    - erf, energy reuse factor, ISO/IEC 30134-6: heat handed over for reuse over the energy of
      the data centre, metered where it leaves, before the heat pump: recovered / data_centre.
      erf_with_hp counts the heat pump to the data centre: hp_heat / (data_centre + driving).
    - ere, energy reuse effectiveness (The Green Grid, white paper 29): what is not reused over
      IT energy, (data_centre - recovered) / it = (1 - erf) pue. ere_with_hp likewise:
      (data_centre + driving - hp_heat) / it.
    - cop, coefficient of performance: hp_heat / hp_electric, both summed over the run.
    - combined_cop: (hp_heat + hp_cooling) / hp_electric, where the cooling is of use too.
    - scop, seasonal plant COP with pumps: hp_heat / driving; over a whole season, the seasonal
      performance factor with the boundary SPF_H2 of Commission Decision 2013/114/EU.
    """
    data_centre = energy["it"] + energy["dc_auxiliary"]
    driving = energy["hp_electric"] + energy["hp_auxiliary"]
    heat, recovered = energy["hp_heat"], energy["recovered"]
    cooled = energy["hp_cooling"] > 0.0
    pumped = heat > 0.0
    with_hp = data_centre + driving
    return {
        "pue": _ratio(data_centre, energy["it"]),
        "erf": _ratio(recovered, data_centre),
        "erf_with_hp": _ratio(heat, with_hp) if pumped else None,
        "ere": _ratio(data_centre - recovered, energy["it"]),
        "ere_with_hp": _ratio(with_hp - heat, energy["it"]) if pumped else None,
        "cop": _ratio(heat, energy["hp_electric"]),
        "combined_cop": _ratio(heat + energy["hp_cooling"], energy["hp_electric"])
        if cooled
        else None,
        "scop": _ratio(heat, driving),
        "heat_recovered_MWh": recovered / J_PER_MWH,
        **_of_factors(heat if pumped else recovered, driving, recovered, factors or Factors()),
    }


def _of_factors(
    supplied: float, driving: float, recovered: float, factors: Factors
) -> dict[str, float | None]:
    """What the heat supplied saves and costs; energies [J].

    - co2_avoided_t [t]: supplied co2_replaced - driving co2_electricity.
    - heat_cost_EUR_per_MWh: (driving price_electricity + recovered price_recovered) / supplied;
      running cost only. A price that is not given is 0, but one of them must be.
    """
    avoided, cost = None, None
    if factors.co2_replaced is not None and factors.co2_electricity is not None:
        saved_kg = supplied * factors.co2_replaced.value.value
        caused_kg = driving * factors.co2_electricity.value.value
        avoided = (saved_kg - caused_kg) / J_PER_MWH / 1e3
    prices = factors.price_electricity, factors.price_recovered
    if prices != (None, None):
        electricity, heat = (0.0 if p is None else p.value.value for p in prices)
        paid = driving * electricity + recovered * heat
        cost = paid / supplied if supplied > 0.0 else None
    return {"co2_avoided_t": avoided, "heat_cost_EUR_per_MWh": cost}


def balance_error(energy: Mapping[str, float]) -> float | None:
    """What first law is missing [-]: |in - out - stored| / in; None when nothing came in."""
    came_in = energy["balance_in"]
    return _ratio(abs(came_in - energy["balance_out"] - energy["stored"]), came_in)


def _sum(account: str, names: tuple[str, ...], meters: Mapping[str, float]) -> float:
    total = 0.0
    for name in names:
        if name not in meters:
            raise unknown(f"accounts.{account}", "meter", name, meters)
        total += meters[name]
    return total


def _ratio(numerator: float, denominator: float) -> float | None:
    return numerator / denominator if denominator > 0.0 else None
