"""Addresses of links that mean the same from every working directory."""

import re
from pathlib import Path
from typing import Final
from urllib.parse import unquote_plus

_SERIAL_WORDS: Final = frozenset({"rtu", "serial", "pty"})
_FILES: Final = re.compile(r"(?<=[?&])(ca|cert|key)=([^&]+)")
"""Options of a network address that name files."""
_ESCAPES: Final = str.maketrans({"%": "%25", "+": "%2B", "&": "%26"})
"""What means something else in an option; all other characters of a path stand for themselves."""
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
        return _FILES.sub(lambda found: f"{found[1]}={_file(found[2])}", link)
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


def _file(option: str) -> str:
    """An option's file as an absolute one; `hil.links.address` reads the option the same way."""
    return _absolute(unquote_plus(option)).translate(_ESCAPES)


def _absolute(path: str) -> str:
    if not path or _WINDOWS_DEVICE.match(path):
        return path
    return str(Path(path).absolute())  # a link such as /dev/serial/by-id/... is kept for its name
