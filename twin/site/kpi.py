"""Key figures of a site from its energy meters: pure arithmetic, each figure with its source."""

from collections.abc import Mapping

from twin.errors import unknown
from twin.site.model import Accounts


def account_energy(accounts: Accounts, meters: Mapping[str, float]) -> dict[str, float]:
    """Energy of each account over a run: the sum of its meters, in the unit of `meters` [J].

    `meters` holds, by PART.VARIABLE, how much each meter has grown since the run began.
    BadInput names a meter that is not among them.
    """
    return {
        name: _sum(name, getattr(accounts, name), meters) for name in type(accounts).model_fields
    }


def kpi(energy: Mapping[str, float]) -> dict[str, float | None]:
    """`pue`, `erf` and `cop` [-] from energies by account; None where the denominator is 0.

    - pue, power usage effectiveness, ISO/IEC 30134-2: energy of the whole data centre over
      that of its IT, (it + dc_auxiliary) / it.
    - erf, energy reuse factor, ISO/IEC 30134-6: heat handed over for reuse over the energy of
      the whole data centre, recovered / (it + dc_auxiliary), metered where the heat leaves the
      data centre, before the heat pump.
    - cop, coefficient of performance: condenser heat over compressor energy, hp_heat /
      hp_electric, both summed over the run.
    """
    data_centre = energy["it"] + energy["dc_auxiliary"]
    return {
        "pue": _ratio(data_centre, energy["it"]),
        "erf": _ratio(energy["recovered"], data_centre),
        "cop": _ratio(energy["hp_heat"], energy["hp_electric"]),
    }


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
