"""What a shared library is, from its own header: which platform it is for, what else it needs.

Formats: ELF (System V ABI), PE (Microsoft PE/COFF specification), Mach-O (Apple's loader.h).
"""

import struct
from pathlib import Path

_ELF = {3: "x86", 62: "x86_64", 40: "aarch32", 183: "aarch64", 243: "riscv64"}
_PE = {0x14C: "x86", 0x8664: "x86_64", 0xAA64: "aarch64", 0x1C4: "aarch32"}
_MACH = {7: "x86", 0x0100_0007: "x86_64", 0x0100_000C: "aarch64"}
_DT_STRTAB, _DT_NEEDED, _PT_LOAD, _PT_DYNAMIC = 5, 1, 1, 2


def platforms(path: Path) -> tuple[str, ...]:
    """FMI 3.0 names of the platforms that a library is for; empty when it is no library."""
    data = path.read_bytes()
    try:
        if data[:4] == b"\x7fELF":
            (machine,) = struct.unpack_from("<H", data, 18)
            return (f"{_ELF.get(machine, f'machine {machine}')}-linux",)
        if data[:2] == b"MZ":
            (machine,) = struct.unpack_from("<H", data, _pe_header(data) + 4)
            return (f"{_PE.get(machine, f'machine {machine:#x}')}-windows",)
        return tuple(f"{_MACH.get(m, f'machine {m:#x}')}-darwin" for m in _mach_machines(data))
    except (struct.error, ValueError):
        return ()


def needed(path: Path) -> tuple[str, ...]:
    """Names of the libraries that a 64-bit ELF or PE library needs; empty when they are unknown."""
    data = path.read_bytes()
    try:
        if data[:6] == b"\x7fELF\x02\x01":
            return tuple(_elf_needed(data))
        return tuple(_pe_imports(data)) if data[:2] == b"MZ" else ()
    except (struct.error, ValueError):
        return ()


def _mach_machines(data: bytes) -> list[int]:
    if data[:4] in (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe"):
        return [struct.unpack_from("<I", data, 4)[0]]
    if data[:4] != b"\xca\xfe\xba\xbe":
        return []
    (count,) = struct.unpack_from(">I", data, 4)
    return [struct.unpack_from(">I", data, 8 + 20 * i)[0] for i in range(min(count, 16))]


def _elf_needed(data: bytes) -> list[str]:
    (headers,) = struct.unpack_from("<Q", data, 32)
    size, count = struct.unpack_from("<HH", data, 54)
    # type, flags, offset, virtual address, physical address, size in the file
    segments = [struct.unpack_from("<IIQQQQ", data, headers + size * i) for i in range(count)]

    def offset(address: int) -> int:
        for kind, _, at, start, _, length in segments:
            if kind == _PT_LOAD and start <= address < start + length:
                return int(at + address - start)
        raise ValueError("an address outside the file")

    entries: list[tuple[int, int]] = []
    for kind, _, at, _, _, length in segments:
        if kind == _PT_DYNAMIC:
            entries += [struct.unpack_from("<qQ", data, at + 16 * i) for i in range(length // 16)]
    texts = [offset(value) for tag, value in entries if tag == _DT_STRTAB]
    return [_text(data, texts[0] + value) for tag, value in entries if tag == _DT_NEEDED]


def _pe_header(data: bytes) -> int:
    (at,) = struct.unpack_from("<I", data, 0x3C)
    if data[at : at + 4] != b"PE\0\0":
        raise ValueError("no PE header")
    return int(at)


def _pe_imports(data: bytes) -> list[str]:
    header = _pe_header(data)
    sections, optional_size = (
        struct.unpack_from("<H", data, header + 6)[0],
        struct.unpack_from("<H", data, header + 20)[0],
    )
    optional = header + 24
    (magic,) = struct.unpack_from("<H", data, optional)
    (table,) = struct.unpack_from("<I", data, optional + (120 if magic == 0x20B else 104))
    # virtual size, virtual address, size in the file, offset in the file
    rows = [
        struct.unpack_from("<IIII", data, optional + optional_size + 40 * i + 8)
        for i in range(sections)
    ]

    def offset(address: int) -> int:
        for length, start, stored, at in rows:
            if start <= address < start + max(length, stored):
                return int(at + address - start)
        raise ValueError("an address outside the file")

    names: list[str] = []
    at = offset(table) if table else 0
    while table and (name := struct.unpack_from("<I", data, at + 12)[0]):
        names.append(_text(data, offset(name)))
        at += 20
    return names


def _text(data: bytes, at: int) -> str:
    return data[at : data.index(b"\0", at)].decode(errors="replace")
