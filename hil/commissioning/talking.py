"""The bench's end of a line in real time: a thread that exchanges once a period."""

import threading
from collections.abc import Callable, Sequence

from hil.bench.health import Rounds
from hil.bench.side import Side
from hil.commissioning.beside import Beside
from hil.links.link import Link
from hil.loop.image import Cell
from twin.clock import WallClock


class TurnLink:
    """A link on which several threads ask, a transaction at a time."""

    def __init__(self, link: Link) -> None:
        self.name = link.name
        self._link = link
        self._turn = threading.Lock()

    def transact(self, unit: int, request: bytes) -> bytes:
        """As the link does, when it is free."""
        with self._turn:
            return self._link.transact(unit, request)

    def broadcast(self, request: bytes) -> None:
        """As the link does, when it is free."""
        with self._turn:
            self._link.broadcast(request)

    def close(self) -> None:
        """Give port or connection back."""
        with self._turn:
            self._link.close()


class Talker:
    """Takes `readings` to the controllers `names` of a line and brings their `commands`.

    A controller that is `muted` gets no readings and no heartbeat; what it says is heard. Round
    follows round every `period_ns` [ns] on `clock`, whose time is the run's; each ends with `look`,
    for what else is asked on the line.
    """

    def __init__(
        self,
        side: Side,
        names: Sequence[str],
        readings: Cell,
        commands: Sequence[Cell],
        clock: WallClock,
        period_ns: int,
        muted: Callable[[str], bool],
        look: Callable[[], None],
    ) -> None:
        self._side, self._names, self._muted, self._look = side, names, muted, look
        self._readings, self._commands = readings, commands
        self._clock, self.rounds = clock, Rounds(period_ns)
        self._first = clock.now_ns() // period_ns
        self._ended = threading.Event()
        self._thread = Beside(f"talks on {side.endpoint.name}", self._talk)
        self.check = self._thread.check

    def close(self) -> None:
        """End with the round that is under way."""
        self._ended.set()
        self._thread.join()

    def _talk(self) -> None:
        clock, sent_ns, k = self._clock, 0, self._first
        while not self._ended.is_set():
            self._side.wait(clock, self.rounds.begins_ns(k))
            t_ns, measured, quality = self._readings.read()
            # what did not move is not sent again: were the plant to hang, watchdogs must notice
            news = (measured, quality) if t_ns > sent_ns else None
            sent_ns = t_ns
            for i, name in enumerate(self._names):
                told = None if self._muted(name) else news
                self._commands[i].publish(
                    clock.now_ns(), *self._side.exchange(i, clock.now_ns(), told)
                )
            self._look()
            k = self.rounds.following(k, clock.now_ns())
