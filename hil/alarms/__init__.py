"""Alarms of a plant that is watched: one list, its journal on disk, what limits there are."""

from hil.alarms.book import AlarmBook
from hil.alarms.order import Order
from hil.alarms.reader import AlarmReader
from hil.alarms.row import AlarmRow
from hil.alarms.settings import AlarmSettings, load_settings

__all__ = ["AlarmBook", "AlarmReader", "AlarmRow", "AlarmSettings", "Order", "load_settings"]
