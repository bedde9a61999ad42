"""Frames of a line that one only listens to: found by length and checksum, with their times."""

from typing import NamedTuple

from hil.links.line_time import LineTime
from hil.links.pdu import reply_length, request_length
from hil.links.rtu_frame import Frame, NoFrame, frame_at, last_frame

_FORMS = (request_length, reply_length)
QUIET_NS = 20_000_000
"""Silence after which half a frame will not be completed [ns]: far above 3.5 characters,
because a loaded computer, or a USB adapter, hands a frame over in pieces."""


class Heard(NamedTuple):
    """A frame with a right checksum, and when its first bit began and its last one ended [ns].

    `gap_ns` is the silence before it; None where it is not known, because it came in one
    piece with what was before.
    """

    unit: int
    message: bytes
    start_ns: int
    end_ns: int
    gap_ns: int | None


class Noise(NamedTuple):
    """Bytes that are no frame: `looks_like` says which frame they would be with a right sum."""

    data: bytes
    start_ns: int
    end_ns: int
    looks_like: str


class Wiretap:
    """Takes bytes with the time of their arrival, gives frames and noise in their order.

    Times of bytes that came together are told apart by the characters' duration on `line`.
    """

    def __init__(self, line: LineTime) -> None:
        self._line = line
        self._stream = b""
        self._marks: list[tuple[int, int]] = []  # (bytes of the stream until here, arrival)
        self._noise = b""
        self._noise_start_ns = 0
        self._noise_end_ns = 0
        self._end_ns: int | None = None  # of what was heard last
        self._end_in_piece = False  # whether the stream goes on in the piece that it ended in

    def feed(self, data: bytes, now_ns: int) -> list[Heard | Noise]:
        """What is clear after `data` arrived at `now_ns` (monotonic) [ns]; empty: time passed."""
        out: list[Heard | Noise] = []
        heard_ns = self._marks[-1][1] if self._marks else now_ns
        if now_ns - self._line.duration_ns(len(data)) - heard_ns >= QUIET_NS:
            self._digest(out, over=True)
        if data:
            self._stream += data
            self._marks.append((len(self._stream), now_ns))
            self._digest(out, over=False)
        return out

    def finish(self) -> list[Heard | Noise]:
        """What is left when nobody listens any longer."""
        out: list[Heard | Noise] = []
        self._digest(out, over=True)
        return out

    def _digest(self, out: list[Heard | Noise], *, over: bool) -> None:
        while self._stream:
            found = frame_at(self._stream, 0, _FORMS)
            if found is NoFrame.ENDS_WITH_SILENCE:
                found = self._until_a_silence() or found
            if isinstance(found, Frame):
                self._flush_noise(out)
                out.append(self._heard(found))
                self._take(found.end)
            elif found is NoFrame.NOISE or over:
                self._skip(1)
            elif (start := self._frame_after_a_silence()) is not None:
                self._skip(start)
            else:
                return
        if over:
            self._flush_noise(out)

    def _until_a_silence(self) -> Frame | None:
        """A frame of a function whose length nobody knows: it ends where a piece ended."""
        ends = (end for end, _ in self._marks)
        return next((f for end in ends if (f := last_frame(self._stream[:end]))), None)

    def _frame_after_a_silence(self) -> int | None:
        """Where a whole frame begins behind a silence: what is before it will not be completed."""
        for (end, t_ns), (after, next_ns) in zip(self._marks, self._marks[1:], strict=False):
            silence_ns = next_ns - self._line.duration_ns(after - end) - t_ns
            if silence_ns >= self._line.gap_ns and isinstance(
                frame_at(self._stream, end, _FORMS), Frame
            ):
                return end
        return None

    def _heard(self, frame: Frame) -> Heard:
        start_ns, end_ns = self._times(frame.end)
        gap_ns = None
        if self._end_ns is not None and not self._end_in_piece:
            gap_ns = max(0, start_ns - self._end_ns)
        return Heard(frame.unit, frame.message, start_ns, end_ns, gap_ns)

    def _times(self, size: int) -> tuple[int, int]:
        """When the first `size` bytes of the stream began and ended [ns]."""
        first_end, first_ns = self._marks[0]
        start_ns = first_ns - self._line.duration_ns(first_end)
        end, t_ns = next(mark for mark in self._marks if mark[0] >= size)
        return start_ns, t_ns - self._line.duration_ns(end - size)

    def _skip(self, size: int) -> None:
        start_ns, end_ns = self._times(size)
        if not self._noise:
            self._noise_start_ns = start_ns
        self._noise += self._stream[:size]
        self._noise_end_ns = end_ns
        self._take(size)

    def _take(self, size: int) -> None:
        _, self._end_ns = self._times(size)
        self._end_in_piece = all(end != size for end, _ in self._marks)
        self._stream = self._stream[size:]
        self._marks = [(end - size, t_ns) for end, t_ns in self._marks if end > size]

    def _flush_noise(self, out: list[Heard | Noise]) -> None:
        if self._noise:
            what = _looks_like(self._noise)
            out.append(Noise(self._noise, self._noise_start_ns, self._noise_end_ns, what))
            self._noise = b""


def _looks_like(data: bytes) -> str:
    """The frame whose length these bytes have, or nothing."""
    if len(data) >= 4:
        for word, form in (("request", request_length), ("reply", reply_length)):
            if form(data[1:-2]) == len(data) - 3:
                return f"{word} of unit {data[0]}, function {data[1] & 0x7F}, wrong checksum"
    return ""
