"""RTU frames: unit, PDU and CRC-16, found in a stream that may hold noise and strangers. Pure."""

from collections.abc import Callable, Iterator
from enum import Enum
from typing import NamedTuple

from hil.links import pdu

MAX_FRAME = 256
_SHORTEST = 4


def _crc_of_byte(byte: int) -> int:
    for _ in range(8):
        byte = (byte >> 1) ^ 0xA001 if byte & 1 else byte >> 1
    return byte


_CRC_TABLE = tuple(_crc_of_byte(byte) for byte in range(256))


def crc16(data: bytes) -> int:
    """CRC-16/MODBUS (polynomial 0xA001 reflected, start 0xFFFF); sent low byte first."""
    crc = 0xFFFF
    for byte in data:
        crc = (crc >> 8) ^ _CRC_TABLE[(crc ^ byte) & 0xFF]
    return crc


def seal(unit: int, message: bytes) -> bytes:
    """The frame that carries PDU `message` to or from `unit`."""
    body = bytes((unit,)) + message
    return body + crc16(body).to_bytes(2, "little")


class Frame(NamedTuple):
    """A frame with a right CRC at `start` to `end` of the stream it was found in."""

    unit: int
    message: bytes
    start: int
    end: int


Form = Callable[[bytes], int | None]
"""How long a PDU is, from its beginning: `pdu.request_length` or `pdu.reply_length`."""


class NoFrame(Enum):
    """Why no frame starts here."""

    UNFINISHED = 1
    """More bytes may complete one."""
    ENDS_WITH_SILENCE = 2
    """Its function is one whose length nobody can know from its beginning."""
    NOISE = 3
    """Length and CRC do not fit each other."""


def frame_at(stream: bytes, start: int, forms: tuple[Form, ...]) -> Frame | NoFrame:
    """The frame of one of `forms` that starts at `start`, or why there is none."""
    lacking = NoFrame.UNFINISHED if len(stream) - start < 2 else NoFrame.NOISE
    for form in forms:
        length = form(stream[start + 1 : start + MAX_FRAME])
        end = start + (length or 0) + 3
        if length is None:
            if len(stream) - start < MAX_FRAME:  # else its beginning lies about what follows
                lacking = NoFrame.UNFINISHED
        elif length == 0:
            if lacking is NoFrame.NOISE and len(stream) - start <= MAX_FRAME:
                lacking = NoFrame.ENDS_WITH_SILENCE
        elif end > len(stream):
            if end - start <= MAX_FRAME:
                lacking = NoFrame.UNFINISHED
        elif _sealed(stream, start, end):
            return Frame(stream[start], stream[start + 1 : end - 2], start, end)
    return lacking


def frames(stream: bytes, forms: tuple[Form, ...], *, over: bool) -> Iterator[Frame]:
    """All whole frames of the stream, hunting past everything that is not one.

    While the stream is not `over`, what may still become a frame is waited for: a frame that
    seems to lie inside it would be part of its data.
    """
    at = 0
    while at <= len(stream) - _SHORTEST:
        frame = frame_at(stream, at, forms)
        if isinstance(frame, Frame):
            yield frame
            at = frame.end
        elif frame is NoFrame.UNFINISHED and not over:
            return
        else:
            at += 1


def last_frame(stream: bytes) -> Frame | None:
    """The whole stream as one frame, for functions whose length only the silence tells."""
    if _SHORTEST <= len(stream) <= MAX_FRAME and _sealed(stream, 0, len(stream)):
        return Frame(stream[0], stream[1:-2], 0, len(stream))
    return None


class Hunt(NamedTuple):
    """What a stream holds for one request: its reply, and how many frames were something else."""

    reply: bytes | None
    foreign: int
    misfits: int


def find_reply(stream: bytes, unit: int, request: bytes, *, over: bool) -> Hunt:
    """Look for the reply of `unit` to `request`: unit, function, length, echo and CRC must fit.

    `over` says that nothing more will come.
    """
    foreign = misfits = 0
    for frame in frames(stream, (pdu.reply_length,), over=over):
        if frame.unit != unit:
            foreign += 1
            continue
        try:
            pdu.check_reply(request, frame.message)
        except pdu.BadReply:
            misfits += 1
            continue
        except pdu.ModbusException:
            pass  # a refusal is a reply
        return Hunt(frame.message, foreign, misfits)
    return Hunt(None, foreign, misfits)


def _sealed(stream: bytes, start: int, end: int) -> bool:
    return crc16(stream[start : end - 2]) == stream[end - 2] | stream[end - 1] << 8
