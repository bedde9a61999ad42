"""An .ssp file as the folder of a site."""

import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from twin.errors import BadInput, refuse
from twin.site.document import read_document
from twin.site.load import FILE_NAME, load_site, parse_site
from twin.ssp.archive import Archive
from twin.ssp.flatten import FlatPlant, flatten
from twin.ssp.fmu_facts import read_fmu
from twin.ssp.names import plain_name
from twin.ssp.read_structure import read_structure
from twin.ssp.site_text import adapted_text, new_text
from twin.ssp.structure import OWN_FOLDER, Structure
from twin.ssp.trace import components


def import_site(path: Path, out: Path) -> tuple[str, ...]:
    """Make the folder `out` with a site of the archive at `path`; what was not used, in words.

    An archive that hukka wrote gives the whole site again. Of others' archives it takes plant,
    parameters, values at the inputs and outputs; `hukka check` says what does not fit yet.

    Raises:
        BadInput: the archive is not to be trusted, does not fit itself or its FMUs, or says
            something that no site can say; `out` exists and is not empty.
    """
    if not path.is_file():
        raise BadInput(f"{path}: no such file")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise BadInput(f"{out}: exists already; choose another --out")
    with tempfile.TemporaryDirectory(prefix="hukka-ssp-") as name:
        archive = Archive(path, _made(Path(name) / "archive"))
        structure = read_structure(archive)
        sources = dict.fromkeys(c.source for _, c in components(structure.system))
        facts = {s: read_fmu(archive.file(s), archive.place(s)) for s in sources}
        plant = flatten(structure, facts)
        draft = _made(Path(name) / "site")
        _write(archive, structure, plant, draft)
        _copy(archive, plant, draft)
        load_site(draft)  # what is wrong in itself is refused before anything is there
        try:
            out.parent.mkdir(parents=True, exist_ok=True)
            shutil.copytree(draft, out, dirs_exist_ok=True)
        except OSError as error:
            raise BadInput(f"{out}: cannot be written: {error.strerror or error}") from error
    return plant.notes


def _write(archive: Archive, structure: Structure, plant: FlatPlant, folder: Path) -> None:
    """The site file, and the weather if it is ours."""
    own = archive.folder / OWN_FOLDER / FILE_NAME
    if own.is_file():
        site = parse_site(read_document(own))
        for named in site.weather_files:
            weather = _weather(archive, named)
            shutil.copyfile(archive.folder / OWN_FOLDER / weather, folder / weather)
        text = adapted_text(own.read_text(encoding="utf-8"), plant)
    else:
        name = plain_name(structure.name or structure.system.name)
        title = structure.description or structure.name or name
        text = new_text(name, title, archive.path.name, plant)
    (folder / FILE_NAME).write_text(text, encoding="utf-8")


def _weather(archive: Archive, named: str) -> str:
    """Name of a weather file beside the site file, whatever folder it once came from."""
    name = PurePosixPath(named.replace("\\", "/")).name
    if not name or not archive.has(f"{OWN_FOLDER}/{name}"):
        place = archive.place(f"{OWN_FOLDER}/{FILE_NAME}")
        raise refuse(f"{place} weather", named, "is not in the archive")
    return name


def _copy(archive: Archive, plant: FlatPlant, folder: Path) -> None:
    sources: Iterable[str] = dict.fromkeys(part.source for part in plant.parts.values())
    for source in sources:
        target = folder / (source if source.endswith(".fmu") else f"{source}.fmu")
        if target.exists():
            raise refuse(archive.place(source), target.name, "another file has that name already")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(archive.file(source), target)


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder
