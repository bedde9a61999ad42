"""The OPC UA server: its nodes follow the plant once a second."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from asyncua import Server

from hil.alarms import AlarmReader, AlarmRow
from hil.crew.station import Station
from hil.historian.weeks import Weeks
from hil.neighbours.newest import Newest
from hil.neighbours.opcua_history import History
from hil.neighbours.opcua_security import People, secure
from hil.neighbours.opcua_space import Space
from hil.neighbours.settings import Opcua
from twin.clock import NS_PER_S, monotonic_ns
from twin.errors import BadInput
from twin.site.model import Site

LOOK_NS: Final = NS_PER_S
"""Nodes are brought up to date every so often [ns]."""
TELL_LOOKS: Final = 5


class Serving:
    """A server of one plant."""

    def __init__(self, station: Station, told: Opcua, folder: Path, site: Site, data: Path) -> None:
        """`folder` is where files of the settings are relative to, `data` the monitor's."""
        self._station, self._told, self._folder = station, told, folder
        self._site, self._data = site, data

    async def serve(self) -> None:
        """Until there is an order, which is to stop.

        Raises:
            BadInput: something that the settings name cannot be used, or the port is taken.
        """
        logging.getLogger("asyncua").setLevel(logging.CRITICAL)  # what ends us is said by us
        server = Server(user_manager=People(self._told, self._folder, self._data))
        await server.init()
        server.set_endpoint(self._told.endpoint)
        server.set_server_name(f"hukka {self._site.site}")
        uri = f"urn:hukka:{self._site.site}:server"
        await server.set_application_uri(uri)
        await secure(server, self._told, self._folder, self._data, uri)
        with ExitStack() as stack:
            newest = stack.enter_context(Newest(self._site, self._data))
            space = Space(server, self._site)
            await space.build(newest.keys, self._units())
            await self._show(space, newest)
            server.iserver.history_manager.set_storage(History(self._data, space))
            try:
                await server.start()
            except OSError as error:
                why = error.strerror or error
                raise BadInput(f"{self._told.endpoint}: cannot listen: {why}") from None
            try:
                self._station.emit("ready", address=self._told.endpoint)
                await self._keep(server, space, newest)
            finally:
                await server.stop()

    async def _keep(self, server: Server, space: Space, newest: Newest) -> None:
        look = 0
        while not await asyncio.to_thread(self._station.wait, monotonic_ns() + LOOK_NS):
            await self._show(space, newest)
            if look % TELL_LOOKS == 0:
                clients = 0 if server.bserver is None else len(server.bserver.clients)
                self._station.emit("beat", clients=clients)
            look += 1

    async def _show(self, space: Space, newest: Newest) -> None:
        await space.show(newest.samples())
        told = newest.told()
        await space.show_standing({} if told is None else dict(told.standing))
        await space.show_alarms(self._alarms())

    def _alarms(self) -> Sequence[AlarmRow]:
        try:
            with AlarmReader(self._data / "desk.sqlite") as reader:
                return reader.rows()
        except BadInput:  # no monitor has written one yet
            return []

    def _units(self) -> dict[str, str]:
        """SI unit of each recorded key, and of signals that nobody has recorded yet."""
        signals = self._site.signals.items()
        units = {
            f"{name}:{kind}": signal.si_unit
            for name, signal in signals
            for kind in ("measured", "predicted", "band")
        }
        with Weeks(self._data / "weeks") as weeks:
            return units | {key: channel.unit for key, channel in weeks.channels.items()}
