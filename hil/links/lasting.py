"""Addresses of links that mean the same from every working directory."""

import re
from pathlib import Path
from typing import Final

_SERIAL_WORDS: Final = frozenset({"rtu", "serial", "pty"})
_FILES: Final = re.compile(r"(?<=[?&])(ca|cert|key)=([^&]+)")
"""Options of a network address that name files."""
_WINDOWS_DEVICE: Final = re.compile(r"COM\d+$|\\\\\.\\")


def lasting(link: str) -> str:
    """`link` with absolute paths: to be written down, for who will read it somewhere else.

    What is no address stays as it is.
    """
    word, _, rest = link.partition(":")
    if word in _SERIAL_WORDS:
        path, mark, options = rest.removeprefix("//").partition("?")
        return f"{word}:{_absolute(path)}{mark}{options}"
    if rest.startswith("//"):
        return _FILES.sub(lambda found: f"{found[1]}={_absolute(found[2])}", link)
    if link.startswith((".", "/")):  # of a device, or of a site's folder and its link
        path, mark, options = link.partition("?")
        return f"{_absolute(path)}{mark}{options}"
    return _of_site(link)


def _of_site(link: str) -> str:
    from twin.site import list_sites

    site, dot, name = link.rpartition(".")
    if not dot or site in list_sites() or not Path(site).exists():
        return link
    return f"{_absolute(site)}.{name}"


def _absolute(path: str) -> str:
    if not path or _WINDOWS_DEVICE.match(path):
        return path
    return str(Path(path).absolute())  # a link such as /dev/serial/by-id/... is kept for its name
