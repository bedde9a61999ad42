"""XML of others, read without trust: a line for every element, no document types, no entities."""

from pathlib import Path
from typing import NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from twin.errors import BadInput, refuse

_MAX_BYTES = 64 << 20
_MOST_ELEMENTS = 1_000_000
_LINE = "(line)"  # attribute under which the reader notes an element's line


def read_xml(path: Path, shown: str | None = None, *, namespaces: bool = False) -> Element:
    """The root element of the file at `path`, which messages call `shown`.

    With `namespaces` tags are spelled `{uri}name`.

    Raises:
        BadInput: it is missing, too large, has too many elements, is broken, or declares a document
            type (where entity bombs live).
    """
    name = shown or str(path)
    if not path.is_file():
        raise BadInput(f"{name}: is missing")
    if path.stat().st_size > _MAX_BYTES:
        raise refuse(f"{name}: bytes", path.stat().st_size, f"at most {_MAX_BYTES}")
    builder = TreeBuilder()
    parser = expat.ParserCreate(namespace_separator="}" if namespaces else None)
    left = _MOST_ELEMENTS

    def spelled(tag: str) -> str:
        return f"{{{tag}" if "}" in tag else tag

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal left
        left -= 1
        if left < 0:  # a packed file of a few kB can hold as many as fill the memory
            rule = f"more than {_MOST_ELEMENTS} elements"
            raise BadInput(f"{name}:{parser.CurrentLineNumber}: {rule}")
        builder.start(spelled(tag), {**attributes, _LINE: str(parser.CurrentLineNumber)})

    def end(tag: str) -> None:
        builder.end(spelled(tag))

    def no_doctype(*_: object) -> NoReturn:
        raise BadInput(f"{name}:{parser.CurrentLineNumber}: must not declare a document type")

    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.StartDoctypeDeclHandler = no_doctype
    try:
        parser.Parse(path.read_bytes(), True)
    except (expat.ExpatError, ValueError, LookupError) as error:  # the last two: encodings
        raise BadInput(f"{name}: is not well-formed XML ({error})") from error
    return builder.close()


def line_of(element: Element) -> str:
    """Line of the file on which `element` begins."""
    return element.get(_LINE, "?")


def place(path: Path, element: Element) -> str:
    """`file:line` of an element."""
    return f"{path}:{line_of(element)}"


def need(path: Path, element: Element, attribute: str) -> str:
    """An attribute that must be there; BadInput when it is not."""
    value = element.get(attribute)
    if value is None:
        raise BadInput(f"{place(path, element)}: {element.tag} must have {attribute!r}")
    return value


def is_true(text: str | None) -> bool:
    """Whether an attribute says yes; one that is not there says no."""
    return text in ("true", "1")
