"""Mach-O libraries of several processors in one file, as macOS calls universal."""

import struct
from collections.abc import Sequence

_MAGIC = 0xCAFEBABE
_PAGE_BITS = 14  # 16 KiB: what arm64 Macs ask for


def fat_binary(thin: Sequence[bytes]) -> bytes:
    """One universal file of thin 64-bit little-endian Mach-O files."""
    page = 1 << _PAGE_BITS
    header = struct.pack(">II", _MAGIC, len(thin))
    place = page
    for part in thin:
        cpu_type, cpu_subtype = struct.unpack_from("<II", part, 4)
        header += struct.pack(">IIIII", cpu_type, cpu_subtype, place, len(part), _PAGE_BITS)
        place += -(-len(part) // page) * page
    body = header.ljust(page, b"\0")
    for part in thin[:-1]:
        body += part.ljust(-(-len(part) // page) * page, b"\0")
    return body + thin[-1]
