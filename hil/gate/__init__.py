"""The write gate: the only way to change a device, simulated or live."""

from hil.gate.gate import WriteGate, WriteRefused
from hil.gate.journal import Entry
from hil.gate.ledger import NotPutBack
from hil.gate.live import LiveGate
from hil.gate.write import WriteFailed, Written

__all__ = [
    "Entry",
    "LiveGate",
    "NotPutBack",
    "WriteFailed",
    "WriteGate",
    "WriteRefused",
    "Written",
]
