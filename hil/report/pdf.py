"""A page of a report as PDF: the same text, for paper; the same page gives the same bytes.

Pictures stand apart from the text while pages are laid out, which takes half the time, and the
letters are those that come with matplotlib, so that the machine's fonts do not matter.
"""

import hashlib
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import matplotlib

from hil.report.place import write_bytes
from hil.report.templates import resource
from twin.errors import BadInput

INSTALL = (
    "`pip install hukka[pdf]`, and on Debian or Ubuntu"
    " `apt install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0`"
)
_PICTURE = re.compile(r'(aria-label="([^"]*)">\s*)?(<svg\b.*?</svg>)', re.DOTALL)
_FAMILY = "hukka"
"""A name for our letters that no font of the machine has."""
_FONTS = {
    "regular": "DejaVuSans.ttf",
    "bold": "DejaVuSans-Bold.ttf",
}


def without_pdf() -> str:
    """Why pages cannot be drawn as PDF here; empty if they can."""
    try:
        with _own_letters():
            import weasyprint  # noqa: F401
    except ImportError as error:
        return f"{error}; install {INSTALL}"
    except OSError as error:  # its package is there, a library of the system is not
        missing = str(error).partition("\n")[0]
        return f"{missing}; install {INSTALL}"
    return ""


def refuse_pdf() -> None:
    """Nothing, if pages can be drawn as PDF here.

    Raises:
        BadInput: they cannot, with what to install.
    """
    if why := without_pdf():
        raise BadInput(f"no PDF can be drawn: {why}")


def write_pdf(page: Path) -> Path:
    """Draw the HTML file `page` as PDF beside it, under the same name with `.pdf`.

    Raises:
        BadInput: it cannot be drawn here, with what to install, or not be written.
    """
    refuse_pdf()
    target = page.with_suffix(".pdf")
    write_bytes(target, pdf_of(page.read_text(encoding="utf-8")))
    return target


def pdf_of(page: str) -> bytes:
    """The PDF of a page of ours, which loads nothing from anywhere."""
    import weasyprint

    pictures: list[str] = []

    def apart(found: re.Match[str]) -> str:
        before, says, picture = found.groups(default="")
        pictures.append(picture.replace("DejaVu Sans", _FAMILY))
        return f'{before}<img alt="{says}" src="picture:{len(pictures) - 1}">'

    text = _PICTURE.sub(apart, page).replace("</style>", f"{resource('pdf.css')}</style>", 1)
    document = weasyprint.HTML(string=text, url_fetcher=_fetcher(pictures))
    identifier = hashlib.sha256(page.encode()).hexdigest()[:32].encode()
    with _own_letters():
        drawn = document.write_pdf(pdf_identifier=identifier, pdf_tags=True)
    assert isinstance(drawn, bytes)
    return drawn


@contextmanager
def _own_letters() -> Iterator[None]:
    """A machine without fonts is nothing to warn of."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "No fonts configured")
        yield


def _fetcher(pictures: list[str]) -> Any:  # noqa: ANN401 - of a package that may be missing
    """Gives the pictures, photos that stand in the page and our fonts, and nothing else."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse

    class Fetcher(URLFetcher):  # type: ignore[misc] # its package has no types
        def fetch(self, url: str, headers: Any = None) -> Any:  # noqa: ANN401
            kind, _, name = url.partition(":")
            if kind == "picture":
                body, mime = pictures[int(name)].encode(), "image/svg+xml"
                return URLFetcherResponse(url, body, {"Content-Type": mime})
            if kind == "font":
                path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / _FONTS[name]
                return URLFetcherResponse(url, path.read_bytes(), {"Content-Type": "font/ttf"})
            if kind == "data":
                return super().fetch(url, headers)
            raise ValueError(f"{url}: a report loads nothing")

    return Fetcher()
