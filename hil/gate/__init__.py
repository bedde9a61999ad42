"""The write gate: the only way to change a device, simulated or live."""

from hil.gate.gate import WriteGate, WriteRefused

__all__ = ["WriteGate", "WriteRefused"]
