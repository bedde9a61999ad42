"""What keeps the desk itself from its work is told as well: from memory, as it may be the disk.

The courier tells what is in the journal. A disk that takes nothing takes no alarm either, and
nobody would hear of both.
"""

import secrets
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace

from hil.tell.outbox import wait_ns
from hil.tell.plight import Kind, Plight
from hil.tell.sending import Message, NotSent, Sender
from hil.tell.wording import PlightWhat, Voice, of_plight
from twin.clock import NS_PER_S

STANDS_NS = 60 * NS_PER_S
"""What is over sooner is no news, and so is an end that does not last [ns] (assumed)."""
MOST_WAITING = 20
"""Messages that wait for a channel that cannot be reached [-]; the oldest go."""


@dataclass
class _Unsaid:
    message: Message
    tries: int = 0
    """By itself, because some people have it already [-]."""
    next_ns: int = 0
    why: str = ""


@dataclass
class _Standing:
    plight: Plight
    since_ns: int
    seen_ns: int
    since_utc_ns: int
    told: bool = False


class Herald:
    """Tells one channel of what keeps the desk from its work, and when it is over."""

    def __init__(self, sender: Sender, voice: Voice, after_ns: int = 0) -> None:
        """`after_ns`: how long something has to have stood, if longer than a minute [ns]."""
        self._sender, self._voice = sender, voice
        self._stands_ns = max(STANDS_NS, after_ns)
        self._standing: dict[tuple[Kind, str], _Standing] = {}
        self._waiting: deque[_Unsaid] = deque(maxlen=MOST_WAITING)
        self._tries = self._next_ns = 0
        self._trouble = ""

    @property
    def trouble(self) -> str:
        """Why the channel took nothing last, or not for all; empty while all is well."""
        return self._trouble or next((unsaid.why for unsaid in self._waiting if unsaid.why), "")

    @property
    def waiting(self) -> int:
        """Messages that have still to be said [-]."""
        return len(self._waiting)

    def hear(self, plights: Iterable[Plight], now_ns: int, utc_ns: int) -> None:
        """What keeps the desk from its work now; `now_ns` is of a clock that nobody sets [ns]."""
        for plight in plights:
            key = plight.kind, plight.name
            fresh = _Standing(plight, now_ns, now_ns, utc_ns)
            standing = self._standing.setdefault(key, fresh)
            standing.plight, standing.seen_ns = plight, now_ns
        for key, standing in list(self._standing.items()):
            if standing.seen_ns == now_ns:
                if not standing.told and now_ns - standing.since_ns >= self._stands_ns:
                    standing.told = True
                    self._say("desk", standing, utc_ns)
            elif now_ns - standing.seen_ns >= STANDS_NS:
                del self._standing[key]
                if standing.told:
                    self._say("desk over", standing, utc_ns)

    def turn(self, now_ns: int, utc_ns: int) -> None:
        """Say what waits, the oldest first, until the channel takes nothing."""
        if now_ns < self._next_ns:
            return
        for unsaid in [one for one in self._waiting if now_ns >= one.next_ns]:
            try:
                self._sender.send(unsaid.message, utc_ns)
            except NotSent as error:
                if not error.left:
                    self._tries += 1
                    self._next_ns = now_ns + wait_ns(self._tries)
                    self._trouble = str(error)
                    return
                unsaid.message = replace(unsaid.message, to=error.left)
                unsaid.tries, unsaid.why = unsaid.tries + 1, str(error)
                unsaid.next_ns = now_ns + wait_ns(unsaid.tries)
            else:
                self._waiting.remove(unsaid)
            self._tries, self._trouble = 0, ""

    def _say(self, what: PlightWhat, standing: _Standing, utc_ns: int) -> None:
        key = f"hukka-desk.{secrets.token_hex(8)}"
        plight, since_ns = standing.plight, standing.since_utc_ns
        message = of_plight(self._voice, key, what, plight, since_ns, utc_ns)
        self._waiting.append(_Unsaid(message))
