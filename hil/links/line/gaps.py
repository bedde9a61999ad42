"""How long the line was silent before each frame: the proof that 3.5 characters were kept."""

from dataclasses import dataclass


@dataclass
class Gaps:
    """Silences before the frames of one talker [ns]."""

    frames: int = 0
    broken: int = 0
    """Frames after less than 3.5 characters; negative silences are frames that ran into another."""
    shortest_ns: int | None = None


class GapLog:
    """Gaps by talker; a frame is what a talker sends in one go."""

    def __init__(self, least_ns: int) -> None:
        self._least_ns = least_ns
        self._of: dict[str, Gaps] = {}

    def note(self, talker: str, gap_ns: int) -> None:
        """A frame of `talker` began `gap_ns` [ns] after the last character of anybody."""
        gaps = self.of(talker)
        gaps.frames += 1
        gaps.broken += gap_ns < self._least_ns
        if gaps.shortest_ns is None or gap_ns < gaps.shortest_ns:
            gaps.shortest_ns = gap_ns

    def of(self, talker: str) -> Gaps:
        """Gaps before the frames of `talker`."""
        return self._of.setdefault(talker, Gaps())
