"""umodbus as a client: umodbus_client.py tcp HOST PORT | rtu PATH BAUD."""

import socket
import sys

from lines import Lacks, ask_each_line, values
from serial import Serial
from umodbus.client import tcp
from umodbus.client.serial import rtu
from umodbus.exceptions import ModbusError

if sys.argv[1] == "tcp":
    codec = tcp
    line = socket.create_connection((sys.argv[2], int(sys.argv[3])), timeout=1)
else:
    codec = rtu
    line = Serial(sys.argv[2], int(sys.argv[3]), timeout=1)


def ask(unit: int, function: int, *a: int) -> str:
    request = request_of(unit, function, *a)
    try:
        found = codec.send_message(request, line)
    except ModbusError as error:
        return f"exception {error.error_code}"
    except TimeoutError:
        return "silent"
    except ValueError as error:  # what it raises when nothing came from a serial line
        return "silent" if codec is rtu and not str(error) else f"error {error}"
    return values(found) if function <= 4 else "done"


def request_of(unit: int, function: int, *a: int) -> bytes:
    match function:
        case 1:
            return codec.read_coils(unit, *a)
        case 2:
            return codec.read_discrete_inputs(unit, *a)
        case 3:
            return codec.read_holding_registers(unit, *a)
        case 4:
            return codec.read_input_registers(unit, *a)
        case 5:
            return codec.write_single_coil(unit, *a)
        case 6:
            return codec.write_single_register(unit, *a)
        case 15:
            return codec.write_multiple_coils(unit, a[0], list(a[1:]))
        case 16:
            return codec.write_multiple_registers(unit, a[0], list(a[1:]))
        case _:
            raise Lacks


ask_each_line(ask)
