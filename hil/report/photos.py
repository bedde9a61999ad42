"""Photos for reports: only the picture is kept, upright, and nothing of where it was taken."""

import base64
import hashlib
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageFile, ImageOps

from hil.gate.files import replace
from twin.errors import BadInput

FOLDER = "photos"
MOST_BYTES = 30_000_000
MOST_PIXELS = 60_000_000
_SHOWN = (1000, 1000)
"""Most pixels of a photo in a report, each way [-]."""
_TOO_MANY = f"has more than {MOST_PIXELS // 10**6} million pixels; make it smaller"
_KINDS = {"JPEG": "jpg", "MPO": "jpg", "PNG": "png"}
_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


@dataclass(frozen=True, slots=True)
class Photo:
    """A photo in the folder of a run: named by the SHA-256 of what lies there."""

    sha256: str
    file: str
    """In the run's folder."""
    name: str
    """What it was called where it came from."""


def cleaned(source: Path) -> tuple[bytes, str]:
    """The picture in a JPEG or PNG file without anything else, and how the name of a file ends.

    Whether it is one is seen by its content. What a camera adds (place, time, device) is gone.

    Raises:
        BadInput: it cannot be read, is neither, is broken or too large.
    """
    data = _read(source)
    if not data.startswith(_MAGIC):
        raise BadInput(f"{source}: is no JPEG or PNG; save it as one of them")
    try:
        with _whole(), warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # asked for below
            with Image.open(BytesIO(data), formats=("JPEG", "PNG")) as image:
                _check_pixels(source, image)
                kind = _KINDS[image.format or ""]
                upright = ImageOps.exif_transpose(image)
                return _encoded(upright, kind, quality=92), kind
    except Image.DecompressionBombError:
        raise BadInput(f"{source}: {_TOO_MANY}") from None
    except (OSError, SyntaxError, ValueError, KeyError) as error:
        raise BadInput(f"{source}: cannot be read as a picture: {error}") from None


def keep(folder: Path, source: Path, content: bytes, kind: str) -> Photo:
    """Put a picture among the photos of the run in `folder`; the same one twice is there once.

    Raises:
        BadInput: it cannot be written.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    file = f"{FOLDER}/{sha256}.{kind}"
    path = folder / file
    try:
        path.parent.mkdir(exist_ok=True)
        if not path.is_file():
            replace(path, content)
    except OSError as error:
        raise BadInput(f"{path}: cannot be written: {error.strerror or error}") from None
    return Photo(sha256, file, source.name)


def shown(folder: Path, photo: Photo) -> tuple[str, str]:
    """The photo as it stands in a page, as a `data:` address and small; or empty, and why not."""
    path = folder / photo.file
    try:
        if not path.resolve().is_relative_to((folder / FOLDER).resolve()):
            return "", f"{photo.file} is not among the photos of the run"
        content = path.read_bytes()
    except OSError as error:
        return "", f"{photo.file}: {error.strerror or error}"
    if hashlib.sha256(content).hexdigest() != photo.sha256:
        return "", f"{photo.file} is not what it was when the note was written"
    try:
        with Image.open(BytesIO(content), formats=("JPEG", "PNG")) as image:
            image.thumbnail(_SHOWN)
            small = _encoded(image, "jpg", quality=80)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        return "", f"{photo.file} cannot be read: {error}"
    return f"data:image/jpeg;base64,{base64.b64encode(small).decode()}", ""


@contextmanager
def _whole() -> Iterator[None]:
    """A picture that was cut off is an error, also after WeasyPrint told Pillow otherwise."""
    before = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        yield
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = before


def _read(source: Path) -> bytes:
    try:
        size = source.stat().st_size
        if size > MOST_BYTES:
            raise BadInput(
                f"{source}: {size / 1e6:.0f} MB is more than {MOST_BYTES / 1e6:.0f} MB;"
                " make it smaller"
            )
        return source.read_bytes()
    except OSError as error:
        raise BadInput(f"{source}: {error.strerror or error}") from None


def _check_pixels(source: Path, image: Image.Image) -> None:
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise BadInput(f"{source}: {width} x {height}: {_TOO_MANY}")


def _encoded(image: Image.Image, kind: str, quality: int) -> bytes:
    """Only the pixels, on white where a JPEG cannot be transparent."""
    if kind == "png":
        plain = image.convert("RGBA" if image.has_transparency_data else "RGB")
    else:
        plain = Image.new("RGB", image.size, "white")
        mask = image.convert("RGBA") if image.has_transparency_data else None
        plain.paste(image.convert("RGB"), mask=mask)
    plain.info.clear()
    text = BytesIO()
    if kind == "png":
        plain.save(text, format="PNG")
    else:
        plain.save(text, format="JPEG", quality=quality)
    return text.getvalue()
