"""When a file that only grows had which length: what it said at any past moment is its head.

For a record whose bytes depend on what is run alone, so that no wall time can be in it. Beside it
lies `NAME.when` with a line `BYTES UTC_NS` for each time that it grew.
"""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path

from twin.clock import utc_ns
from twin.closing import Closing


class GrowthFile(Closing):
    """Writes down when a file has grown.

    Does not wait for the disk: what a crash takes is covered by the next line.
    """

    def __init__(self, of: Path, now_ns: Callable[[], int] = utc_ns) -> None:
        """`of` is the file that grows; OSError where none can be made beside it."""
        self._file = _beside(of).open("ab", buffering=0)
        self._now_ns = now_ns
        if self._file.tell() and not _beside(of).read_bytes().endswith(b"\n"):
            self._file.write(b"?\n")  # no line is what was being written when a process ended

    def grown(self, length: int) -> None:
        """The file has `length` [bytes] now; OSError where that cannot be written."""
        self._file.write(f"{length} {self._now_ns()}\n".encode())

    def close(self) -> None:
        """Give the file back."""
        self._file.close()


class Growth:
    """When a file grew, as far as that was written down; read when it is asked for."""

    def __init__(self, of: Path) -> None:
        self._of = of
        self._changed_ns = 0
        with suppress(OSError):
            self._changed_ns = of.stat().st_mtime_ns

    def reached_ns(self, length: int) -> int | None:
        """When the file got as long as `length` [bytes]; None where nobody wrote it down."""
        lengths, times = self._steps
        found = bisect_left(lengths, length)
        return times[found] if found < len(times) else None

    def changed_ns(self, by_ns: int | None = None) -> int:
        """When it was changed last, or last until `by_ns` [ns since 1970]; 0: never."""
        if by_ns is None or self._changed_ns <= by_ns:
            return self._changed_ns
        return max((t for t in self._steps[1] if t <= by_ns), default=0)

    def lines_at(self, ends: Sequence[int], t_ns: int) -> int:
        """How many lines that end at `ends` [bytes] the file had at `t_ns` [-].

        One whose time nobody wrote down counts from the last change of the file on. Where the clock
        was put back and two moments have the same time, the later one is meant.
        """
        for i in reversed(range(len(ends))):
            reached_ns = self.reached_ns(ends[i])
            if (self._changed_ns if reached_ns is None else reached_ns) <= t_ns:
                return i + 1
        return 0

    @cached_property
    def _steps(self) -> tuple[list[int], list[int]]:
        """Lengths and times, of whole lines that can be read."""
        steps: list[tuple[int, int]] = []
        with suppress(OSError):
            for line in _beside(self._of).read_bytes().split(b"\n")[:-1]:
                with suppress(ValueError):
                    length, t_ns = line.split()
                    steps.append((int(length), int(t_ns)))
        steps.sort()
        return [length for length, _ in steps], [t for _, t in steps]


def _beside(of: Path) -> Path:
    return of.with_name(f"{of.name}.when")
