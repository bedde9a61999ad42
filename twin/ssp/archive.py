"""An .ssp unpacked, and the names that point into it."""

from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from twin.errors import BadInput, refuse
from twin.plant.archive import unpack


class Archive:
    """The files of an .ssp in a folder of their own; `place` names one of them in messages."""

    def __init__(self, path: Path, folder: Path) -> None:
        """Unpack the archive at `path` into the empty `folder`.

        Raises:
            BadInput: it is no zip, or one that is not to be trusted.
        """
        unpack(path, folder)
        self.path = path
        self.folder = folder

    def place(self, name: str) -> str:
        """`plant.ssp: resources/a.ssv`."""
        return f"{self.path.name}: {name}"

    def resolve(self, place: str, uri: str) -> str:
        """Name in the archive of the file that `uri`, written at `place`, points to.

        Raises:
            BadInput: it points elsewhere, or there is no such file.
        """
        rule = "must be a relative path inside the archive"
        try:
            parts = urlsplit(uri)
        except ValueError:  # what might be a host is none
            raise refuse(place, uri, rule) from None
        if parts.scheme or parts.netloc or parts.query or parts.fragment:
            raise refuse(place, uri, rule)
        pure = PurePosixPath(unquote(parts.path))
        if pure.is_absolute() or ".." in pure.parts or "\\" in str(pure) or "\0" in str(pure):
            raise refuse(place, uri, "must stay inside the archive")
        if not self.has(str(pure)):
            raise BadInput(f"{place}: {uri!r} is not in the archive")
        return str(pure)

    def has(self, name: str) -> bool:
        """Whether there is a file of that name."""
        try:
            return self.file(name).is_file()
        except OSError:  # a name that is too long
            return False

    def file(self, name: str) -> Path:
        """The unpacked file of that name."""
        return self.folder / name
