"""A serial line without a wire: the server holds the pty's master end, the path is its slave end.

One pty is enough for one server process: whoever opens the path (a link of the bench,
mbpoll, any program of others) is the Modbus master of the line. The server keeps a slave
end open too, so that masters may come and go. When the server dies, the kernel hangs the
slave end up: masters see that the port is gone, and find the next server under the same path.
A pty has no baud rate, parity or modem lines; timing on it proves nothing about a wire.
"""

import errno
import os
from pathlib import Path

from hil.links.serial_port import FilePort
from twin.errors import BadInput

BAUD_RATES = (1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200)


class PtyPort(FilePort):
    """The master end of a new pty whose slave end can be opened at `path`, a symbolic link."""

    def __init__(self, path: Path) -> None:
        import pty  # neither exists on Windows
        import tty

        if path.exists() and not path.is_symlink():
            raise BadInput(f"{path}: exists and is not the link of a serial line")
        master, self._slave = pty.openpty()
        super().__init__(master)
        tty.setraw(self._slave)  # else the kernel echoes and turns CR into NL
        self.path = path
        self.device = Path(os.ttyname(self._slave))
        try:
            _link(path, self.device)
        except BadInput:
            self.close()
            raise

    @property
    def baud(self) -> int | None:
        """What whoever opened the path has set; it changes nothing, and None is a strange one."""
        import termios

        speed = termios.tcgetattr(self._slave)[5]
        names = (f"B{baud}" for baud in BAUD_RATES)
        return next((int(n[1:]) for n in names if getattr(termios, n, None) == speed), None)

    def write(self, data: bytes) -> None:
        """Send `data`; what nobody reads is lost, as on a wire."""
        try:
            super().write(data)
        except BlockingIOError:
            import termios

            termios.tcflush(self._slave, termios.TCIFLUSH)

    def close(self) -> None:
        """Hang up, and take the path away unless a later server has it."""
        if self.path.is_symlink() and self.path.readlink() == self.device:
            self.path.unlink()
        super().close()
        os.close(self._slave)


def _link(path: Path, target: Path) -> None:
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh.unlink(missing_ok=True)
        fresh.symlink_to(target)
        fresh.replace(path)  # in one step: nobody finds the path missing
    except OSError as error:
        reason = os.strerror(error.errno or errno.EIO)
        raise BadInput(f"{path}: cannot put the serial line there: {reason}") from None
