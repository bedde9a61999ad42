"""A SunSpec device as a map that can be served: the raw registers of its models, written down."""

import struct

HEAD = "name,table,address,type,access,default\n"
NONE16, NONE32 = 0xFFFF, 0xFFFFFFFF


def text(words: str, registers: int) -> bytes:
    return words.encode().ljust(2 * registers, b"\0")


def common(maker="Acme", product="Roof 10", serial="A-0815") -> bytes:
    """Model 1 without the pad at its end, as many devices have it: 65 registers."""
    return (
        text(maker, 16) + text(product, 16) + text("", 8) + text("2.1", 8) + text(serial, 16)
        + struct.pack(">H", 126)
    )  # fmt: skip


def inverter() -> bytes:
    """Model 103: 29.7 A, 400 V between phases, -2500 W, 50.01 Hz, 1234567 Wh, running, too hot."""
    none = -32768
    return struct.pack(
        ">4Hh 6Hh hh Hh hh hh hh Ih Hh Hh hh 4hh HH 2I 4I",
        297, 99, 99, 99, -1, 4000, 4001, 3999, 2309, 2310, 2311, -1, -250, 1, 5001, -2,
        none, none, none, none, none, none, 1234567, 0, NONE16, none, 6500, -1, -2600, 0,
        415, none, none, none, -1, 4, NONE16, 0b10000010, NONE32, *[NONE32] * 4,
    )  # fmt: skip


def mppt() -> bytes:
    """Model 160 with two inputs: 8.1 A and 8.2 A."""
    head = struct.pack(">4h I HH", -1, 0, 0, 0, NONE32, 2, NONE16)
    inputs = [
        struct.pack(">H", n) + text(f"string {n}", 8)
        + struct.pack(">3H I I h H I", amps, 600, NONE16, 0, NONE32, -32768, 4, NONE32)
        for n, amps in ((1, 81), (2, 82))
    ]  # fmt: skip
    return head + b"".join(inputs)


MODELS = [(1, common()), (103, inverter()), (160, mppt()), (64999, struct.pack(">3H", 7, 8, 9))]


def served_map(base=40000, models=MODELS, end=(0xFFFF, 0)) -> str:
    """The register map of the device: every register is a point of its own."""
    data = b"SunS"
    for model, body in models:
        data += struct.pack(">HH", model, len(body) // 2) + body
    data += struct.pack(f">{len(end)}H", *end)
    words = struct.unpack(f">{len(data) // 2}H", data)
    rows = [f"r{base + i},hr,{base + i},uint16,r,{word}" for i, word in enumerate(words)]
    return HEAD + "\n".join(rows) + "\n"
