"""Alarms in a table of channels whose first rows are without fault, and nothing else is known."""

from twin.diagnosis.table.detect import Event, Flags, detect, suspects
from twin.diagnosis.table.head import hardly_changing, unfit
from twin.diagnosis.table.settings import FROZEN, Settings

__all__ = ["FROZEN", "Event", "Flags", "Settings", "detect", "hardly_changing", "suspects", "unfit"]
