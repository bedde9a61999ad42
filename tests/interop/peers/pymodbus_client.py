"""pymodbus as a client: pymodbus_client.py tcp HOST PORT | rtu PATH BAUD."""

import sys

from lines import Lacks, ask_each_line, values
from pymodbus.client import ModbusSerialClient, ModbusTcpClient
from pymodbus.exceptions import ModbusIOException


def ask(unit: int, function: int, *a: int) -> str:
    try:
        reply = send(unit, function, *a)
    except ModbusIOException as error:
        return "silent" if "No response" in str(error) else f"error {error}"
    if reply.isError():
        return f"exception {reply.exception_code}"
    match function:
        case 1 | 2:
            return values(reply.bits[: a[1]])
        case 3 | 4 | 23:
            return values(reply.registers)
        case 43:
            found = sorted(reply.information.items())
            return " ".join(["objects", *(f"{key}:{text.decode()}" for key, text in found)])
        case _:
            return "done"


def send(unit: int, function: int, *a: int):
    at = {"device_id": unit}
    match function:
        case 1:
            return client.read_coils(a[0], count=a[1], **at)
        case 2:
            return client.read_discrete_inputs(a[0], count=a[1], **at)
        case 3:
            return client.read_holding_registers(a[0], count=a[1], **at)
        case 4:
            return client.read_input_registers(a[0], count=a[1], **at)
        case 5:
            return client.write_coil(a[0], bool(a[1]), **at)
        case 6:
            return client.write_register(a[0], a[1], **at)
        case 15:
            return client.write_coils(a[0], [bool(value) for value in a[1:]], **at)
        case 16:
            return client.write_registers(a[0], list(a[1:]), **at)
        case 17:
            return client.report_device_id(**at)
        case 22:
            return client.mask_write_register(address=a[0], and_mask=a[1], or_mask=a[2], **at)
        case 23:
            return client.readwrite_registers(
                read_address=a[0], read_count=a[1], write_address=a[2], values=list(a[3:]), **at
            )
        case 43:
            return client.read_device_information(read_code=a[0], object_id=a[1], **at)
        case _:
            raise Lacks


if sys.argv[1] == "tcp":
    client = ModbusTcpClient(sys.argv[2], port=int(sys.argv[3]), timeout=1, retries=0)
else:
    client = ModbusSerialClient(sys.argv[2], baudrate=int(sys.argv[3]), timeout=1, retries=0)
if not client.connect():
    sys.exit("no connection")
ask_each_line(ask)
