"""Our side of a talk: a served bank with given tables, and a step asked through a link of ours."""

import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from interop_cases import HIGHEST, LIMITED, UNIT, Step, Tables

from hil.links import pdu
from hil.links.link import Link, LinkFault
from hil.links.rtu import RtuLink
from hil.links.rtu_server import RtuServer
from hil.links.tcp_server import TcpServer
from twin.clock import monotonic_ns
from twin.registers import RegisterBank, load_map
from twin.signals import Quality


def bank_of(tables: Tables, folder: Path) -> RegisterBank:
    """Our server's memory with what `tables` hold."""
    lines = ["name,table,address,type,access,min,max"]
    for name, kind in (("co", "bool"), ("di", "bool"), ("hr", "uint16"), ("ir", "uint16")):
        for i in range(len(getattr(tables, name))):
            access = "rw" if name in ("co", "hr") else "r"
            limits = f"0,{HIGHEST if i == LIMITED else 65535}" if name == "hr" else ","
            lines.append(f"{name}{i},{name},{i},{kind},{access},{limits}")
    file = folder / "matrix.csv"
    file.write_text("\n".join(lines))
    bank = RegisterBank(load_map(file))
    for name in ("co", "di", "hr", "ir"):
        for i, value in enumerate(getattr(tables, name)):
            bank.set(f"{name}{i}", value)
    return bank


def held(bank: RegisterBank) -> tuple[list[int], list[int]]:
    names = bank.map.points
    coils = [int(bank.get(name) or 0) for name in names if name.startswith("co")]
    return coils, [int(bank.get(name) or 0) for name in names if name.startswith("hr")]


@contextmanager
def served(server: TcpServer | RtuServer) -> Iterator[None]:
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            server.poll(monotonic_ns() + 20_000_000)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        server.close()


def asked(link: Link, step: Step) -> str:
    request = step.raw or _request(step)
    try:
        if step.unit == 0:
            return _broadcast(link, request)
        reply = link.transact(step.unit, request)
        match step.function:
            case 1 | 2:
                payload = pdu.check_read_reply(request, reply)
                count = step.arguments[1]
                return _line([payload[i // 8] >> i % 8 & 1 for i in range(count)])
            case 3 | 4 | 23:
                payload = pdu.check_read_reply(request, reply)
                return _line(list(struct.unpack(f">{len(payload) // 2}H", payload)))
            case 43:
                objects, _ = pdu.check_identification_reply(request, reply)
                return " ".join(["objects", *(f"{k}:{v.decode()}" for k, v in objects.items())])
            case _:
                pdu.check_write_reply(request, reply)
                return "done"
    except pdu.ModbusException as refusal:
        return f"exception {refusal.code}"
    except LinkFault as fault:
        return "silent" if fault.quality is Quality.TIMEOUT else f"error {fault}"
    except pdu.BadReply as bad:
        return f"error {bad}"


def _broadcast(link: Link, request: bytes) -> str:
    """What came of a broadcast: `silent` unless somebody answered it before the next request."""
    assert isinstance(link, RtuLink)
    unasked = link.noise + link.foreign + link.late
    link.broadcast(request)
    link.transact(UNIT, pdu.read_request("hr", 0, 1))  # once this is answered, that was obeyed
    return "silent" if link.noise + link.foreign + link.late == unasked else "answered"


def _request(step: Step) -> bytes:
    a = step.arguments
    match step.function:
        case 1 | 2 | 3 | 4:
            return pdu.read_request(pdu.READ_TABLE[step.function], a[0], a[1])
        case 5:
            return pdu.write_coil_request(a[0], bool(a[1]))
        case 6:
            return pdu.write_register_request(a[0], struct.pack(">H", a[1]))
        case 15:
            word = sum(bit << i for i, bit in enumerate(a[1:]))
            packed = word.to_bytes((len(a) + 6) // 8, "little")
            return pdu.write_coils_request(a[0], len(a) - 1, packed)
        case 16:
            return pdu.write_registers_request(a[0], struct.pack(f">{len(a) - 1}H", *a[1:]))
        case 22:
            return pdu.mask_write_request(*a)
        case 23:
            return pdu.exchange_request(*a[:3], struct.pack(f">{len(a) - 3}H", *a[3:]))
        case _:
            return pdu.identification_request(*a)


def _line(values: list[int]) -> str:
    return " ".join(["values", *map(str, values)])
