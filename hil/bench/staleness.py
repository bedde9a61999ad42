"""How often a controller scans, and for how long what it said is believed."""

SCAN_NS = 100_000_000
"""Period of a controller's scan [ns], as a small PLC has it."""
STALE_CYCLES = 5
"""Commands are stale after so many periods without news of them [-]."""


def stale_ns(period_ns: int) -> int:
    """Age from which commands are no longer believed [ns]: periods of the run, or of a scan."""
    return STALE_CYCLES * max(period_ns, SCAN_NS)
