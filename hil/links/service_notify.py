"""Telling the service manager how a service is (systemd's `sd_notify`, by its documented protocol).

Nothing happens where no service manager asked for it.
"""

import os
import socket


class ServiceManager:
    """Who started us, if that wants to know."""

    def __init__(self) -> None:
        self._path = os.environ.pop("NOTIFY_SOCKET", "")  # children have nothing to say there

    @property
    def watchdog_ns(self) -> int | None:
        """It ends a service that has said nothing for so long [ns]; None where it does not."""
        told = os.environ.get("WATCHDOG_USEC", "")
        return int(told) * 1000 if told.isdigit() and self._path else None

    def tell(self, *lines: str) -> bool:
        """Send `READY=1`, `WATCHDOG=1`, `STATUS=text` or `STOPPING=1`; whether it went out."""
        if not self._path or not hasattr(socket, "AF_UNIX"):
            return False
        where = "\0" + self._path[1:] if self._path.startswith("@") else self._path
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as out:
            try:
                out.sendto("\n".join(lines).encode(), where)
            except OSError:
                return False
        return True
