"""What of the desk's own health people are told of, wherever they are."""

from hil.monitor.health import Health
from hil.tell.plight import Plight


def plights(trouble: str, health: Health) -> list[Plight]:
    """What keeps the desk from its work; `trouble` is why the keeper cannot write, if it cannot.

    Whoever has not ended yet is only slow to begin. Processes of links are not named: their
    controllers are lost, which is an alarm.
    """
    unkept = [Plight("unkept", "", trouble)] if trouble else []
    down = [
        Plight("down", row.name, row.why)
        for row in health.processes
        if not row.up and row.why and not row.name.startswith("link ")
    ]
    return unkept + down
