"""minimalmodbus as a client (it speaks RTU only): minimalmodbus_client.py rtu PATH BAUD."""

import sys

import minimalmodbus
from lines import Lacks, ask_each_line, values

instrument = minimalmodbus.Instrument(sys.argv[2], 1)
instrument.serial.baudrate = int(sys.argv[3])
instrument.serial.timeout = 1


def ask(unit: int, function: int, *a: int) -> str:
    instrument.address = unit
    try:
        return send(function, *a)
    except minimalmodbus.NoResponseError:
        return "silent"
    except minimalmodbus.IllegalRequestError as error:
        # it names the kind of the refusal in words only
        kinds = {"illegal function": 1, "illegal data address": 2, "illegal data value": 3}
        found = [code for text, code in kinds.items() if text in str(error).lower()]
        return f"exception {found[0]}" if found else f"error {error}"


def send(function: int, *a: int) -> str:
    match function:
        case 1 | 2:
            return values(instrument.read_bits(a[0], a[1], functioncode=function))
        case 3 | 4:
            return values(instrument.read_registers(a[0], a[1], functioncode=function))
        case 5:
            instrument.write_bit(a[0], a[1], functioncode=5)
        case 6:
            instrument.write_register(a[0], a[1], functioncode=6)
        case 15:
            instrument.write_bits(a[0], list(a[1:]))
        case 16:
            instrument.write_registers(a[0], list(a[1:]))
        case _:
            raise Lacks
    return "done"


ask_each_line(ask)
