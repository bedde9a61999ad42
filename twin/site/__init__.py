"""A site as data: what stands there, how it is wired, what feeds it and what can break."""

from collections.abc import Mapping

from twin.registers import RegisterMap
from twin.site.boundary import Boundary, boundary_files
from twin.site.check_maps import check_maps
from twin.site.check_plant import Variables, check_plant
from twin.site.fault_event import FaultEvent, ParameterSetting, parse_fault, parse_setting
from twin.site.faults import Fault, catalogue
from twin.site.load import list_sites, load_site
from twin.site.mistakes import raise_all
from twin.site.model import Site

__all__ = [
    "Boundary",
    "Fault",
    "FaultEvent",
    "ParameterSetting",
    "Site",
    "boundary_files",
    "catalogue",
    "check_wiring",
    "list_sites",
    "load_site",
    "parse_fault",
    "parse_setting",
]


def check_wiring(site: Site, variables: Variables, maps: Mapping[str, RegisterMap]) -> None:
    """Hold a site against the variables of its FMUs, by part, and its maps, by `map_name`.

    Raises:
        BadInput: everything that does not fit, a line each.
    """
    raise_all([*check_plant(site, variables), *check_maps(site, maps, variables)])
