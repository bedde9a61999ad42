"""Modbus between the bench and controllers: one protocol over loopback, TCP and serial lines."""
