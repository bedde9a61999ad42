"""The head of every Modbus TCP frame. Source: MODBUS Messaging on TCP/IP V1.0b, 3.1.3."""

from struct import Struct

MBAP = Struct(">HHHB")
"""Transaction id, protocol id (0), bytes that follow, unit."""
