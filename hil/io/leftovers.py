"""Values that an earlier session left in devices: back to what was there, or given up."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from hil.gate import Entry, LiveGate, NotPutBack
from hil.gate.journal import NAME
from hil.io.remarks import remarks
from hil.links.address import open_link, parse_address
from hil.links.device import Device
from hil.links.link import Link


class Links(ExitStack):
    """Opened links, closed at the end; one of them a line, because a line has one owner.

    `timeout_s` [s] of an answer; `say` hears at the end what there is to say of a line.
    """

    def __init__(self, timeout_s: float | None, say: Callable[[str], None]) -> None:
        super().__init__()
        self._timeout_s = timeout_s
        self._say = say
        self._opened: dict[str, Link] = {}

    def at(self, address: str) -> Link:
        """The link at `address`.

        Raises:
            BadInput: there can be none.
        """
        where = str(parse_address(address))
        if where not in self._opened:
            self._opened[where] = link = open_link(address, self._timeout_s)
            self.callback(self._close, link)
        return self._opened[where]

    def device_of(self, entry: Entry) -> Device:
        """The device that an earlier session left with a value of its own."""
        return Device(entry.device, self.at(entry.address), entry.unit)

    def _close(self, link: Link) -> None:
        link.close()
        for sentence in remarks(link):
            self._say(sentence)


def restore(
    gate_folder: Path, give_up: str | None, say: Callable[[str], None]
) -> tuple[Sequence[Entry], Sequence[Entry]]:
    """Put leftovers back; what is back, and what was given up because of the reason `give_up`.

    Raises:
        BadInput: the journal is damaged, somebody else has the gate, or the reason is empty.
        NotPutBack: some are not back, and none was given up.
    """
    if not (gate_folder / NAME).exists():
        return (), ()
    with LiveGate(gate_folder, "leftovers", say=say) as gate, Links(None, say) as links:
        found = gate.leftovers
        try:
            gate.recover(links.device_of)
        except NotPutBack as error:
            if give_up is None:
                raise
            say(str(error))
        lost = gate.leftovers
        if lost and give_up is not None:
            gate.give_up(gate.phrase, give_up)
        return [entry for entry in found if entry not in lost], lost
