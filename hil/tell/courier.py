"""The courier: reads the journal, decides who is told what, and tells them until they have it."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from hil.alarms.reader import AlarmReader
from hil.tell.mail import MailSender
from hil.tell.mqtt import MqttSender
from hil.tell.outbox import opened
from hil.tell.sections import AnyChannel, Mail, TellSettings, Webhook
from hil.tell.sending import Guarded, Message, NotSent, Sender
from hil.tell.webhook import WebhookSender
from hil.tell.wording import Voice, of_alarm, of_flood, of_test
from twin.alarms.listed import Listed
from twin.alarms.telling import Memory, Say, plan
from twin.closing import Closing
from twin.errors import BadInput

MOST_MESSAGES = 20
"""Messages that a channel says in one turn [-]: others want to be heard too."""
_REPEATS = ("again", "still")
"""Who has not got one of these gets the next."""


@dataclass(frozen=True)
class Report:
    """How a channel does after a turn."""

    channel: str
    said: int
    waiting: int
    """Messages that have still to be said [-]."""
    trouble: str
    """Why nothing was taken last; empty while all is well."""


class Courier(Closing):
    """Tells people; close it, or use `with`. Times are ns since 1970."""

    def __init__(
        self, desk: Path, outbox: Path, settings: TellSettings, site: str, folder: Path
    ) -> None:
        """Open the journal `desk` and the `outbox`; secrets are relative to `folder`.

        A channel that is new tells of what stands now, not of the past. So does every channel
        where the outbox was damaged: `wrong` says that it was.

        Raises:
            BadInput: a file is not ours.
        """
        self._settings = settings
        self._senders = {n: sender_of(c, folder) for n, c in settings.channels.items()}
        self._voices = {n: voice_of(settings, c, site) for n, c in settings.channels.items()}
        self._desk = desk
        self._reader = AlarmReader(desk)
        try:
            self._outbox, self.wrong = opened(outbox)
        except BaseException:
            self._reader.close()
            raise

    def turn(self, now_ns: int) -> list[Report]:
        """Decide what is to be said and say what is due, on every channel."""
        return [self.turn_of(name, now_ns) for name in self._settings.channels]

    def turn_of(self, name: str, now_ns: int) -> Report:
        """The same on one channel."""
        self._decide(name, now_ns)
        said = self._say(name, now_ns)
        trouble = self._outbox.state(name).trouble or self._outbox.refusal(name)
        return Report(name, said, self._outbox.waiting(name), trouble)

    def check(self) -> None:
        """Whether the outbox is whole; whoever begins after us sets it aside.

        Raises:
            Damaged: it is broken.
            apsw.Error: it cannot be read now.
        """
        self._outbox.check()

    def close(self) -> None:
        """Let go of the files."""
        self._reader.close()
        self._outbox.close()

    def _decide(self, name: str, now_ns: int) -> None:
        """Until the end of the journal: what is decided of the list is decided of all lines.

        To a journal that began anew every channel is new.
        """
        self._look_for_another()
        memory = self._outbox.memory(name)
        begin = memory if memory is not None and self._knows(memory) else self._first()
        begin = replace(begin, journal_ns=self._reader.first_ns())
        lines, listed = self._reader.news(begin.cursor)
        rule = self._settings.channels[name].rule(self._settings.zone)
        unsaid = self._outbox.unsaid(name) if rule.repeat_ns else frozenset()
        after, said = plan(rule, begin, lines, listed, now_ns, unsaid)
        messages = [m for say in said if (m := self._compose(name, say, listed)) is not None]
        if after != memory or messages:
            self._outbox.decide(name, after, messages, now_ns)

    def _look_for_another(self) -> None:
        """A journal that was damaged is set aside while we run, and another takes its place."""
        if not self._reader.is_replaced():
            return
        with suppress(BadInput):  # it is being made: the next turn looks again
            fresh = AlarmReader(self._desk)
            self._reader.close()
            self._reader = fresh

    def _knows(self, memory: Memory) -> bool:
        """Whether it is of this journal: not of one that ended later, or began at another time."""
        return memory.cursor <= self._reader.last_cursor() and (
            memory.journal_ns in (None, self._reader.first_ns())
        )

    def _first(self) -> Memory:
        """What a new channel knows: nothing was told, what asks now has asked since it came."""
        cursor = self._reader.last_cursor()
        asking = {n: a.raised_ns for n, a in self._reader.listed().items() if a.asks}
        return Memory(cursor, waiting=asking)

    def _compose(self, name: str, say: Say, listed: Mapping[int, Listed]) -> Message | None:
        voice, key = self._voices[name], self._outbox.key(name)
        if say.number is None:
            alarms = [listed[n] for n in say.numbers if n in listed]
            return of_flood(voice, key, say, alarms)
        alarm = listed.get(say.number) or self._reader.alarm(say.number)
        if alarm is None:
            return None
        return of_alarm(voice, key, say, alarm, self._reader.evidence(say.number) or {})

    def _say(self, name: str, now_ns: int) -> int:
        """Say what is due, the oldest first, until somebody does not listen."""
        if not self._outbox.state(name).may_try(now_ns):
            return 0
        said = 0
        for waiting in self._outbox.due(name, now_ns, MOST_MESSAGES):
            try:
                answer = self._senders[name].send(waiting.message, now_ns)
            except NotSent as error:
                if not (error.refused or error.left):
                    self._outbox.not_reached(name, now_ns, str(error))
                    break
                if error.left and waiting.message.data["what"] in _REPEATS:
                    self._outbox.sent(name, waiting.serial, now_ns, str(error))
                else:
                    self._outbox.put_off(waiting, error, now_ns)
            else:
                self._outbox.sent(name, waiting.serial, now_ns, answer)
                said += 1
        return said


def sender_of(channel: AnyChannel, folder: Path) -> Sender:
    """The thin end of a channel; its secrets are relative to `folder`."""
    match channel:
        case Mail():
            return Guarded(MailSender(channel, folder))
        case Webhook():
            return Guarded(WebhookSender(channel, folder))
        case _:
            return Guarded(MqttSender(channel, folder))


def voice_of(settings: TellSettings, channel: AnyChannel, site: str) -> Voice:
    """How a channel speaks."""
    return Voice(site, channel.language, settings.zone, settings.page)


def try_all(
    settings: TellSettings, site: str, folder: Path, key: str, now_ns: int
) -> dict[str, tuple[bool, str]]:
    """Send a test over every channel at once: whether it was taken, and what was answered."""
    found = {}
    for name, channel in settings.channels.items():
        message = of_test(voice_of(settings, channel, site), f"{key}.{name}", now_ns)
        try:
            found[name] = (True, sender_of(channel, folder).send(message, now_ns))
        except NotSent as error:
            found[name] = (False, str(error))
    return found
