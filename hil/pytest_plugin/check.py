"""Whether a session can run as it was told, before a test is collected."""

import os

from hil.bench.layout import layout_of
from hil.bench.wire import wire
from hil.cli.bench import LONGEST_CYCLE_NS, nanoseconds
from hil.commissioning.lines import own_lines
from hil.pytest_plugin.wanted import Wanted
from twin.errors import refuse
from twin.site import Site, load_site


def checked_site(wanted: Wanted) -> Site:
    """The site, if all that is wanted of it can be.

    Raises:
        BadInput: what cannot, with place, value, rule and nearest word.
    """
    if not hasattr(os, "fork"):
        rule = "a plant is copied by fork, which this system does not have; Linux and macOS do"
        raise refuse("--hukka-site", wanted.site, rule)
    site = load_site(wanted.site)
    for name, controller in site.controllers.items():
        if not controller.emulated:
            rule = "plant time is virtual here, and a real controller's is not; set it true"
            raise refuse(
                site.document.place("controllers", name, "emulated"), controller.emulated, rule
            )
    period_ns = nanoseconds("--hukka-cycle", wanted.cycle, least_ns=10_000_000)
    warmup_ns = nanoseconds("--hukka-warmup", wanted.warmup, least_ns=0)
    if period_ns > LONGEST_CYCLE_NS:
        raise refuse("--hukka-cycle", wanted.cycle, "must be at most 30 s")
    if warmup_ns % period_ns:
        rule = f"must be a whole number of cycles of {wanted.cycle}"
        raise refuse("--hukka-warmup", wanted.warmup, rule)
    if wanted.line_faults and "rtu" not in wanted.transports:
        rule = "breaks emulated lines; use --hukka-transport rtu"
        raise refuse("--hukka-line-fault", wanted.line_faults[0], rule)
    own_lines(wire(site, layout_of(site)), wanted.line_faults, 0)
    return site
