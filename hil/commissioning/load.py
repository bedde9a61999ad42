"""Procedure files: read, checked against the site, planned."""

from collections.abc import Iterable, Sequence
from pathlib import Path

from pydantic import ValidationError

from hil.commissioning.check import check_procedure
from hil.commissioning.planned import PlannedBlock, plan
from hil.commissioning.points import PointBook
from hil.commissioning.procedure import Procedure
from twin.errors import BadInput, unknown
from twin.site import Site
from twin.site.document import read_document
from twin.site.mistakes import Mistake, explain, raise_all

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
    return f"{file.parent.name}.{file.stem}"


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
            procedure = _load(file, book)
        except BadInput as error:
            mistakes.append(str(error))
            continue
        if (other := names.setdefault(procedure.procedure, file)) != file:
            mistakes.append(f"{file.name}: {procedure.procedure} is in {other.name} as well")
            continue
        blocks += plan(procedure, book)
    if mistakes:
        raise BadInput("\n".join(mistakes))
    return blocks


def _load(file: Path, book: PointBook) -> Procedure:
    document = read_document(file)
    try:
        procedure = Procedure.model_validate(document.data)
    except ValidationError as error:
        raise_all(explain(error, document, Procedure))
        raise
    twice = _twice(procedure)
    rule = f"block {twice!r} is there twice"
    wrong = [Mistake(document.line(("blocks",)), f"{document.place('blocks')}: {rule}")]
    raise_all([*(wrong if twice else ()), *check_procedure(procedure, document, book)])
    return procedure


def _twice(procedure: Procedure) -> str:
    names = [block.block for block in procedure.blocks]
    return next((name for name in names if names.count(name) > 1), "")
