"""What people order and note: written down, done, and refused in words."""

from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from hil.alarms.book import LONGEST_NOTE
from hil.alarms.order import LONGEST_COMMENT, Order
from hil.gate.users import Role
from hil.page import asked
from hil.page.changes import write_down
from hil.page.questions import alarm_number, answered
from hil.page.source import Source
from twin.diagnosis.isa import Action
from twin.errors import BadInput, refuse, unknown

ACTIONS = {
    "acknowledge": (Action.ACKNOWLEDGE, Role.OPERATOR),
    "reset": (Action.RESET, Role.OPERATOR),
    "shelve": (Action.SHELVE, Role.OPERATOR),
    "unshelve": (Action.UNSHELVE, Role.OPERATOR),
    "remove": (Action.REMOVE, Role.ENGINEER),
    "restore": (Action.RESTORE, Role.ENGINEER),
}
"""What a person may do to an alarm, and the role that it needs."""


class Orders:
    """Hands orders and notes on to the source."""

    def __init__(self, source: Source, folder: Path | None) -> None:
        """`folder` has the audit log; None where nothing can be ordered."""
        self._source = source
        self._folder = folder

    async def order(self, request: Request) -> Response:
        """One action on one alarm."""
        number = alarm_number(request)
        fields = asked.fields(await request.body(), "action", "comment", "until_ms")
        word = fields.get("action")
        if not isinstance(word, str) or word not in ACTIONS:
            raise unknown("body", "action", str(word), ACTIONS)
        action, role = ACTIONS[word]
        user = request.state.who.user
        if user.role < role:
            needed = f"{word} needs {role.word}"
            return answered({"error": f"{user.name} is {user.role.word}; {needed}"}, 403)
        aside = action in (Action.SHELVE, Action.REMOVE)
        comment = asked.text(fields, "comment", LONGEST_COMMENT, needed=aside)
        until_ns = _until_ns(fields, action)
        order = Order(number, action, user.name, comment, until_ns)
        return await run_in_threadpool(self._do, order, word)

    async def note(self, request: Request) -> Response:
        """A note at a time; now, where none is given."""
        fields = asked.fields(await request.body(), "text", "t_ms")
        text = asked.text(fields, "text", LONGEST_NOTE, needed=True)
        t_ns = None if fields.get("t_ms") is None else asked.millis("t_ms", fields["t_ms"]) * 10**6
        return await run_in_threadpool(self._note, request.state.who.user.name, text, t_ns)

    def _do(self, order: Order, word: str) -> Response:
        said = {"alarm": order.number, "action": word, "comment": order.comment}
        try:
            self._check()
            self._write("order", order.who, **said, until_ns=order.until_ns)
            self._source.order(order)
        except BadInput as refusal:
            self._write("order_refused", order.who, **said, why=str(refusal))
            return answered({"error": str(refusal)}, 409)
        return answered({"ok": True})

    def _note(self, who: str, text: str, t_ns: int | None) -> Response:
        try:
            self._check()
            at_ns = self._source.now().t_ns if t_ns is None else t_ns
            self._write("note", who, text=text, t_ns=at_ns)
            self._source.note(who, text, at_ns)
        except BadInput as refusal:
            self._write("note_refused", who, text=text, why=str(refusal))
            return answered({"error": str(refusal)}, 409)
        return answered({"ok": True}, 201)

    def _check(self) -> None:
        if why := self._source.takes_no_orders:
            raise BadInput(why)

    def _write(self, event: str, user: str, **fields: Any) -> None:  # noqa: ANN401
        if self._folder is not None and not self._source.takes_no_orders:
            write_down(self._folder, event, user, **fields)


def _until_ns(fields: dict[str, Any], action: Action) -> int | None:
    until = fields.get("until_ms")
    if action is Action.SHELVE:
        if until is None:
            raise BadInput("until_ms: must be given: a shelf has an end")
        return asked.millis("until_ms", until) * 1_000_000
    if until is not None:
        raise refuse("until_ms", until, "goes with shelve alone")
    return None
