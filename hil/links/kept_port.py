"""A serial device that may be pulled and put back while somebody serves on it."""

from collections.abc import Callable

from hil.links.serial_port import Port
from twin.clock import NS_PER_S, WallClock

_REOPEN_PAUSE_NS = NS_PER_S // 2


class KeptPort:
    """A `Port` that is opened again when it goes; until then it hears nothing and says nothing.

    `tell` hears when it goes and when it is back.

    Raises:
        OSError: it cannot be opened the first time.
    """

    def __init__(self, open_port: Callable[[], Port], tell: Callable[[str], None]) -> None:
        self._open_port = open_port
        self._tell = tell
        self._clock = WallClock(0)
        self._port: Port | None = open_port()
        self._next_open_ns = 0

    def read(self, deadline_ns: int) -> bytes:
        """What has arrived; empty when `deadline_ns` (monotonic) passed, or it is gone."""
        if self._port is None:
            self._clock.wait_until(min(deadline_ns, self._next_open_ns))
            self._open_again()
            return b""
        try:
            return self._port.read(deadline_ns)
        except OSError as error:
            self._lose(error)
            return b""

    def write(self, data: bytes) -> None:
        """Send all of `data`; what nobody takes is lost, as on a wire."""
        if self._port is not None:
            try:
                self._port.write(data)
            except OSError as error:
                self._lose(error)

    def close(self) -> None:
        """Give the device back."""
        if self._port is not None:
            self._port.close()
            self._port = None

    def _lose(self, error: OSError) -> None:
        self._tell(f"it is gone: {error.strerror or error}")
        self.close()
        self._next_open_ns = self._clock.now_ns() + _REOPEN_PAUSE_NS

    def _open_again(self) -> None:
        now_ns = self._clock.now_ns()
        if now_ns < self._next_open_ns:
            return
        try:
            self._port = self._open_port()
        except OSError:
            self._next_open_ns = now_ns + _REOPEN_PAUSE_NS
        else:
            self._tell("it is back")
