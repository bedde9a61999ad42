"""A book of alarms and its courier, by a clock of the test's own."""

from hil.alarms import AlarmBook, Order
from hil.tell.courier import Courier
from twin.diagnosis.isa import Action

S = 1_000_000_000
T0 = 1_764_000_000 * S


def event(number, now_ns):
    """An event of the twin that is raised now."""
    return {
        "generation": 1,
        "number": number,
        "part": "heat_pump",
        "fault": f"heat_pump.fault{number}",
        "size": None,
        "raised_s": now_ns / S,
        "since_s": now_ns / S - 600,
        "cleared_s": None,
        "evidence": [],
    }


class TellDesk:
    """Raises alarms, and lets the courier take its turns."""

    def __init__(self, folder, settings):
        self.now, self._events = T0, {}
        self.book = AlarmBook(folder / "desk.sqlite")
        args = (folder / "desk.sqlite", folder / "tell.sqlite", settings, "mantsala", folder)
        self.courier = Courier(*args)

    def turn(self, after_s=0):
        """Reports by channel, so many seconds later."""
        self.now += after_s * S
        return {report.channel: report for report in self.courier.turn(self.now)}

    def raised(self, number):
        self._events[number] = event(number, self.now)
        self.book.twin([self._events[number]], [], self.now)

    def over(self, number):
        told = self._events.pop(number) | {"cleared_s": self.now / S}
        self.book.twin([told], [], self.now)

    def acknowledged(self, number):
        self.book.order(Order(number, Action.ACKNOWLEDGE, "anna"), self.now)

    def close(self):
        self.courier.close()
        self.book.close()
