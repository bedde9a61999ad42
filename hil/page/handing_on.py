"""What people want of the keeper, handed to it by way of the supervisor, and its answer."""

from collections.abc import Callable, Mapping
from itertools import count
from threading import Event, Lock

from twin.clock import utc_ns
from twin.errors import BadInput

ANSWERS_S = 5.0
"""The keeper is waited for at most so long [s]."""
MOST_LEFT = 1000
"""What nobody waits for any more, and is not answered yet [-]; the oldest goes."""


class HandingOn:
    """One question a person at a time or many: each waits for the answer that is its own."""

    def __init__(
        self,
        emit: Callable[..., None],
        late: Callable[..., None] = lambda *_, **__: None,
        answers_s: float = ANSWERS_S,
    ) -> None:
        """`emit` tells the supervisor; `answers_s` [s] is how long somebody waits.

        `late` is told of what is refused after that: event, `why`, and its fields.
        """
        self._emit = emit
        self._late = late
        self._answers_s = answers_s
        self._numbers = count(utc_ns())  # of no page that ran before this one
        self._alone = Lock()
        self._waiting: dict[int, Event] = {}
        self._left: dict[int, tuple[str, Mapping[str, object]]] = {}
        self._errors: dict[int, str] = {}

    def beat(self) -> None:
        """Tell the supervisor that the page goes on."""
        with self._alone:
            self._emit("beat")

    def __call__(self, event: str, **fields: object) -> None:
        """Hand `event` on; it is on disk when this returns.

        Raises:
            BadInput: the keeper refuses it, in its words, or does not answer in time.
        """
        there = Event()
        with self._alone:
            number = next(self._numbers)
            self._waiting[number] = there
            self._emit(event, ask=number, **fields)  # one at a time: lines must not mix
        there.wait(self._answers_s)
        with self._alone:
            del self._waiting[number]
            error = self._errors.pop(number, None)
            if error is None:
                self._left[number] = event, fields
                while len(self._left) > MOST_LEFT:
                    self._left.pop(next(iter(self._left)))
        if error is None:
            raise BadInput(
                f"handed on, and not answered within {self._answers_s:g} s: it is done when the"
                " keeper is back, or health says that it is put aside"
            )
        if error:
            raise BadInput(error)

    def answered(self, number: int, error: str) -> None:
        """The keeper's answer to the question of that number [-]; an empty error is a yes."""
        with self._alone:
            if (there := self._waiting.get(number)) is not None:
                self._errors[number] = error
                there.set()
                return
            event, fields = self._left.pop(number, ("", {}))
        if event and error:
            self._late(event, why=error, **fields)
