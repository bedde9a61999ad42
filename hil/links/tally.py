"""What a server answered for one of its units."""

from hil.links.latency import LatencyHistogram


class Tally:
    """How many `requests` were answered, and the `latency` of the answers here."""

    __slots__ = ("latency", "requests")

    def __init__(self, requests: int = 0) -> None:
        self.requests = requests
        self.latency = LatencyHistogram()
