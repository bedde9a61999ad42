"""The write gate: the only way to change a device, simulated or live."""

from hil.gate.folder import default_folder
from hil.gate.gate import WriteGate, WriteRefused
from hil.gate.journal import Entry
from hil.gate.ledger import NotPutBack
from hil.gate.live import LiveGate
from hil.gate.once import Order, write_once
from hil.gate.write import WriteFailed, Written

__all__ = [
    "Entry",
    "LiveGate",
    "NotPutBack",
    "Order",
    "WriteFailed",
    "WriteGate",
    "WriteRefused",
    "Written",
    "default_folder",
    "write_once",
]
