"""The nodes of a plant: what is where, and how a sample becomes a value of one.

Imported by the worker only: asyncua takes seconds to load.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from asyncua import Node, Server, ua

from hil.alarms.row import AlarmRow
from hil.neighbours.newest import Sample
from hil.neighbours.opcua_units import STATUS, UNITS_URI, engineering_unit
from twin.clock import utc_ns
from twin.signals import Quality, conversion
from twin.site.model import Site

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_READABLE: Final = ua.AccessLevel.CurrentRead.mask | ua.AccessLevel.HistoryRead.mask


@dataclass(frozen=True)
class Shown:
    """How a key is shown: its node, and its unit as factor and offset of the SI value."""

    node: ua.NodeId
    factor: float
    offset: float


class Space:
    """The nodes below one object that has the name of the site."""

    def __init__(self, server: Server, site: Site) -> None:
        self._server, self._site = server, site
        self._shown: dict[str, Shown] = {}
        self._standing: dict[str, ua.NodeId] = {}
        self._alarms: dict[int, Node] = {}
        self._known: dict[int, AlarmRow] = {}

    async def build(self, keys: Iterable[str], units: dict[str, str]) -> None:
        """Make all nodes; `units` are those of the record, by key [SI]."""
        self._index = await self._server.register_namespace(f"urn:hukka:{self._site.site}")
        root = await self._server.nodes.objects.add_object(
            self._id("plant"), self._name(self._site.site)
        )
        await root.write_attribute(ua.AttributeIds.Description, _text_value(self._site.title))
        parts: dict[str, Node] = {}
        signals: dict[str, Node] = {}
        for part in self._site.plant.parts:
            parts[part] = await root.add_folder(self._id(part), self._name(part))
            standing = await parts[part].add_variable(
                self._id(f"{part}:standing"), self._name("standing"), "", ua.VariantType.String
            )
            self._standing[part] = standing.nodeid
        for key in keys:
            name, _, kind = key.rpartition(":")
            part, _, variable = name.partition(".")
            below = signals.get(name) if kind in ("predicted", "band") else parts.get(part)
            if below is not None:
                word = variable if below is parts.get(part) else kind
                node = await self._variable(below, key, word, units.get(key, "-"))
                if kind == "measured":
                    signals[name] = node
        self._folder = await root.add_folder(self._id("alarms"), self._name("alarms"))
        asking = await self._folder.add_variable(
            self._id("alarms:asking"), self._name("asking"), 0, ua.VariantType.UInt32
        )
        self._asking = asking.nodeid
        row_time = await root.add_variable(
            self._id("row_time"), self._name("row_time"), EPOCH, ua.VariantType.DateTime
        )
        self._row_time = row_time.nodeid

    def key_of(self, node: ua.NodeId) -> str | None:
        """The recorded key of a node; None for one that has none."""
        key = node.Identifier if node.NamespaceIndex == self._index else None
        return key if isinstance(key, str) and key in self._shown else None

    def shown(self, key: str) -> Shown:
        """How a key is shown."""
        return self._shown[key]

    async def show(self, samples: Iterable[Sample]) -> None:
        """Put samples on their nodes, with the time of their row."""
        newest_ns = 0
        for sample in samples:
            shown = self._shown.get(sample.key)
            if shown is not None:
                await self._server.write_attribute_value(shown.node, data_value(sample, shown))
            if sample.key.endswith(":measured"):
                newest_ns = max(newest_ns, sample.t_ns)
        if newest_ns:
            stamp = ua.Variant(_time(newest_ns), ua.VariantType.DateTime)
            await self._write(self._row_time, stamp)

    async def show_standing(self, standing: dict[str, str]) -> None:
        """What the twin says of parts; nothing of one that it says nothing of."""
        for part, node in self._standing.items():
            await self._write(node, ua.Variant(standing.get(part, ""), ua.VariantType.String))

    async def show_alarms(self, rows: Iterable[AlarmRow]) -> None:
        """An object for each alarm of the list; what has left the list is gone."""
        listed = {row.number: row for row in rows}
        for number in [n for n in self._alarms if listed.get(n) != self._known.get(n)]:
            await self._server.delete_nodes([self._alarms.pop(number)], recursive=True)
        for number, row in listed.items():
            if number not in self._alarms:
                self._alarms[number] = await self._alarm(row)
        self._known = listed
        asking = sum(row.annunciated for row in listed.values())
        await self._write(self._asking, ua.Variant(asking, ua.VariantType.UInt32))

    async def _alarm(self, row: AlarmRow) -> Node:
        name = f"alarm {row.number}"
        node = await self._folder.add_object(self._id(f"alarms:{row.number}"), self._name(name))
        texts = {
            "cause": row.cause,
            "part": row.part,
            "priority": row.priority,
            "state": row.state,
            "text": row.text,
            "acknowledged_by": row.acknowledged_by or "",
        }
        told: list[tuple[str, Any, ua.VariantType]] = [
            (key, text, ua.VariantType.String) for key, text in texts.items()
        ]
        told.append(("asks", row.annunciated, ua.VariantType.Boolean))
        told.append(("raised", _time(row.raised_ns), ua.VariantType.DateTime))
        for key, value, kind in told:
            own = self._id(f"alarms:{row.number}:{key}")
            await node.add_property(own, self._name(key), value, kind)
        return node

    async def _variable(self, below: Node, key: str, word: str, si: str) -> Node:
        name, _, kind = key.rpartition(":")
        signal = self._site.signals.get(name)
        unit = signal.unit if signal is not None and kind != "command" else si
        factor, offset = conversion(si, unit)
        node = await below.add_variable(self._id(key), self._name(word), 0.0, ua.VariantType.Double)
        within = signal.range if signal is not None and kind == "measured" else None
        base = ua.ObjectIds.AnalogItemType if within else ua.ObjectIds.BaseAnalogType
        await self._typed(node, base)
        await self._property(node, "EngineeringUnits", _unit("K" if _is_step(kind, unit) else unit))
        if within is not None:
            await self._property(node, "EURange", ua.Range(Low=within[0], High=within[1]))
        await self._historized(node)
        self._shown[key] = Shown(node.nodeid, factor, 0.0 if kind == "band" else offset)
        waiting = Sample(key, 0, float("nan"), int(Quality.NOT_YET))
        await self._server.write_attribute_value(node.nodeid, data_value(waiting, self._shown[key]))
        return node

    async def _historized(self, node: Node) -> None:
        """Say that the past of a variable can be read."""
        readable = ua.DataValue(ua.Variant(_READABLE, ua.VariantType.Byte))
        for attribute in (ua.AttributeIds.AccessLevel, ua.AttributeIds.UserAccessLevel):
            await node.write_attribute(attribute, readable)
        yes = ua.DataValue(ua.Variant(True, ua.VariantType.Boolean))
        await node.write_attribute(ua.AttributeIds.Historizing, yes)

    async def _typed(self, node: Node, kind: int) -> None:
        """Say what a variable is: they are made as plain ones."""
        plain = ua.NodeId(ua.ObjectIds.BaseDataVariableType)
        await node.delete_reference(plain, ua.ObjectIds.HasTypeDefinition, bidirectional=False)
        await node.add_reference(
            ua.NodeId(kind), ua.ObjectIds.HasTypeDefinition, bidirectional=False
        )

    async def _property(self, node: Node, name: str, value: object) -> None:
        key = f"{node.nodeid.Identifier}:{name}"
        await node.add_property(self._id(key), ua.QualifiedName(name, 0), value)

    async def _write(self, node: ua.NodeId, value: ua.Variant) -> None:
        now = _time(utc_ns())
        await self._server.write_attribute_value(
            node, ua.DataValue(value, SourceTimestamp=now, ServerTimestamp=now)
        )

    def _id(self, text: str) -> ua.NodeId:
        return ua.NodeId(text, self._index)

    def _name(self, text: str) -> ua.QualifiedName:
        return ua.QualifiedName(text, self._index)


def data_value(sample: Sample, shown: Shown) -> ua.DataValue:
    """A sample as OPC UA has it: in the unit of its node, with its time and status."""
    status = getattr(ua.StatusCodes, STATUS[Quality(sample.quality)])
    return ua.DataValue(
        ua.Variant(sample.value * shown.factor + shown.offset, ua.VariantType.Double),
        ua.StatusCode(status),
        SourceTimestamp=_time(sample.t_ns),
        ServerTimestamp=_time(utc_ns()),
    )


def _is_step(kind: str, unit: str) -> bool:
    """Whether a number is a difference of temperatures, which has no zero of its own."""
    return kind == "band" and unit == "degC"


def _unit(unit: str) -> ua.EUInformation:
    known = engineering_unit(unit)
    text = ua.LocalizedText(known.shown)
    return ua.EUInformation(
        NamespaceUri=UNITS_URI, UnitId=known.identifier, DisplayName=text, Description=text
    )


def _time(t_ns: int) -> datetime:
    return EPOCH + timedelta(microseconds=t_ns // 1000)


def _text_value(text: str) -> ua.DataValue:
    return ua.DataValue(ua.Variant(ua.LocalizedText(text), ua.VariantType.LocalizedText))
