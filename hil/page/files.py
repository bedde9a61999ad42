"""The page's own files, in memory as they are sent: a path is looked up among them."""

import gzip
import mimetypes
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

ASSETS = Path(__file__).parent / "assets"
FRONT = "index.html"


@dataclass(frozen=True)
class _File:
    kind: str
    tag: str
    plain: bytes
    packed: bytes


class Files:
    """Answers with files of the page; a browser that has one already is told so (304)."""

    def __init__(self, folder: Path = ASSETS) -> None:
        """All files of `folder`."""
        paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
        self._files = {path.relative_to(folder).as_posix(): _file(path) for path in paths}

    async def answer(self, request: Request) -> Response:
        """The file of the path; the front page where there is none."""
        found = self._files.get(request.path_params.get("name", FRONT))
        if found is None:
            raise HTTPException(404)
        headers = {"etag": found.tag, "vary": "Accept-Encoding"}
        if found.tag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        packs = "gzip" in request.headers.get("accept-encoding", "")
        if packs:
            headers["content-encoding"] = "gzip"
        return Response(found.packed if packs else found.plain, 200, headers, found.kind)


def _file(path: Path) -> _File:
    content = path.read_bytes()
    kind = "text/javascript" if path.suffix == ".js" else mimetypes.guess_type(path.name)[0]
    tag = f'"{sha256(content).hexdigest()[:32]}"'
    return _File(kind or "application/octet-stream", tag, content, gzip.compress(content, mtime=0))
