"""Procedure files: read, checked against the site, planned."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from hil.commissioning.check import check_procedure
from hil.commissioning.planned import PlannedBlock, plan
from hil.commissioning.points import PointBook
from hil.commissioning.procedure import Procedure
from twin.errors import BadInput, unknown
from twin.site import Site
from twin.site.document import Document, read_document
from twin.site.mistakes import Mistake, raise_all, validated, wrong

SHIPPED = Path(__file__).parent / "procedures"
"""Procedures for each type of controller: a folder a type."""


def files_for(site: Site) -> list[Path]:
    """Procedures that can be run at a site: shipped for its controllers' types, then its own."""
    types = dict.fromkeys(c.type for c in site.controllers.values())
    shipped = [f for t in types for f in sorted((SHIPPED / t).glob("*.yaml"))]
    return [*shipped, *sorted((site.folder / "procedures").glob("*.yaml"))]


def find_files(site: Site, names: Iterable[str]) -> list[Path]:
    """Files of procedures by name (`heat_pump.start_order`, or a type for all of it) or by path.

    Raises:
        BadInput: no such procedure; with the nearest.
    """
    several = files_for(site)
    known = {_name_of(file): file for file in several}
    found: list[Path] = []
    for name in names:
        of_type = [file for word, file in known.items() if word.startswith(f"{name}.")]
        if name in known:
            found.append(known[name])
        elif of_type:
            found += of_type
        elif Path(name).suffix in (".yaml", ".yml"):
            found.append(Path(name))
        else:
            raise unknown(site.site, "procedure", name, known)
    return list(dict.fromkeys(found))


def _name_of(file: Path) -> str:
    """A shipped file has its procedure's name; of a site's own it is asked."""
    if file.is_relative_to(SHIPPED):
        return f"{file.parent.name}.{file.stem}"
    return str(read_document(file).data.get("procedure", file.stem))


def load_procedures(files: Sequence[Path], book: PointBook) -> list[PlannedBlock]:
    """All blocks of the procedures in `files` at the site of `book`.

    Raises:
        BadInput: everything that is wrong in any of them, a line each.
    """
    blocks: list[PlannedBlock] = []
    mistakes: list[str] = []
    names: dict[str, Path] = {}
    for file in files:
        try:
            document = read_document(file)
            procedure = parse_procedure(document, book)
        except BadInput as error:
            mistakes.append(str(error))
            continue
        if (name := procedure.procedure) in names:
            mistakes.append(wrong(document, ("procedure",), f"is in {names[name]} as well").text)
            continue
        names[name] = file
        blocks += plan(procedure, book)
    if mistakes:
        raise BadInput("\n".join(mistakes))
    return blocks


def parse_procedure(document: Document, book: PointBook) -> Procedure:
    """The procedure in a document, if it can be run at the site of `book`.

    Raises:
        BadInput: everything that is wrong in it, a line each.
    """
    procedure = validated(document, Procedure)
    raise_all([*_twice(procedure, document), *check_procedure(procedure, document, book)])
    return procedure


def _twice(procedure: Procedure, document: Document) -> Iterator[Mistake]:
    names = [block.block for block in procedure.blocks]
    for i, name in enumerate(names):
        if name in names[:i]:
            yield wrong(document, ("blocks", i, "block"), "is the name of a block before it")
