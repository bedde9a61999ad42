"""The site file of an imported structure: written anew for others' archives, adapted for ours."""

import io
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import RoundTripConstructor
from ruamel.yaml.nodes import ScalarNode
from ruamel.yaml.representer import RoundTripRepresenter

from twin.errors import BadInput
from twin.signals import conversion
from twin.ssp.flatten import FlatPart, FlatPlant, OutsideInput

_WIDTH = 110


def new_text(name: str, title: str, archive: str, plant: FlatPlant) -> str:
    """A site with the plant of somebody else's archive: constants at its inputs, ideal sensors."""
    site = CommentedMap({"site": name, "title": title})
    site.yaml_set_start_comment(
        f"Imported from {archive}. Controllers, links, twin and accounts are still to be added:\n"
        "docs/reference/site.md says how; `hukka check` says what does not fit."
    )
    site["plant"] = CommentedMap({"parts": _parts(plant), "connections": _seq(plant)})
    _before(site, "plant", "")
    boundary, missing = _boundary(plant.inputs)
    site["boundary"] = boundary
    _before(site, "boundary", "\n".join(_BOUNDARY_WORDS + missing))
    signals = CommentedMap()
    for variable, unit in plant.outputs.items():
        if _is_known(unit or "-"):
            signals[variable] = _flow({"unit": unit or "-"})
    site["signals"] = signals
    _before(site, "signals", "What the archive shows to the outside, as sensors without error.")
    for empty in [key for key in ("boundary", "signals") if not site[key] and not missing]:
        del site[empty]
    return _dump(site)


def adapted_text(text: str, plant: FlatPlant) -> str:
    """Our own site file, with the parts, connections and parameters that the structure has now.

    Everything else stays as it is, comments too. FMUs are the files of the archive.
    """
    site = _yaml().load(text)
    section = site["plant"]
    parts = section["parts"]
    for name in [name for name in parts if name not in plant.parts]:
        del parts[name]
    for name, part in plant.parts.items():
        entry = parts.setdefault(name, _flow({}))
        entry["fmu"] = _fmu(part)
        entry.pop("structure", None)  # it is in the FMU
        _set_parameters(entry, part.parameters)
    _set_connections(section, plant)
    year = (site.get("figures") or {}).get("year") or {}
    for section in (site, year):
        if section.get("weather") is not None:  # the archive has it beside the site file
            section["weather"] = PurePosixPath(section["weather"].replace("\\", "/")).name
    return _dump(site)


_BOUNDARY_WORDS = [
    "Inputs that no part feeds keep the value that they have in the archive. Give them the weather",
    "or the IT load instead, or take them away here and let a controller command them.",
]


def _parts(plant: FlatPlant) -> CommentedMap:
    found = CommentedMap()
    for name, part in plant.parts.items():
        found[name] = CommentedMap({"fmu": _fmu(part)})
        if part.parameters:
            found[name]["parameters"] = CommentedMap(part.parameters)
        if part.original != name:
            called = _one_line(part.original)
            found.yaml_add_eol_comment(f'called "{called}" in the archive', name)
    return found


def _seq(plant: FlatPlant) -> CommentedSeq:
    return CommentedSeq([f"{source} -> {target}" for source, target in plant.connections])


def _boundary(inputs: Mapping[str, OutsideInput]) -> tuple[CommentedMap, list[str]]:
    found, missing = CommentedMap(), []
    for name, given in inputs.items():
        unit = given.unit or "-"
        if given.value is None:
            missing.append(_one_line(f"{name} has no value in the archive."))
        elif not _is_known(unit):
            words = f"{name} is {given.value!r} {unit} there, a unit that hukka has not."
            missing.append(_one_line(words))
        else:
            found[name] = _flow({"source": "constant", "value": f"{given.value!r} {unit}"})
    return found, missing


def _set_parameters(entry: CommentedMap, parameters: Mapping[str, float]) -> None:
    """Values that are the same stay as they are written."""
    if not parameters:
        entry.pop("parameters", None)
        return
    written = entry.setdefault("parameters", _flow({}))
    for name in [name for name in written if name not in parameters]:
        del written[name]
    for name, value in parameters.items():
        if name not in written or repr(float(written[name])) != repr(value):
            written[name] = value


def _set_connections(section: CommentedMap, plant: FlatPlant) -> None:
    """Lines that still hold stay where they are, with their comments."""
    wanted = [f"{source} -> {target}" for source, target in plant.connections]
    written = section.setdefault("connections", CommentedSeq())
    spelled = [" -> ".join(end.strip() for end in str(line).split("->")) for line in written]
    for i in reversed(range(len(written))):
        if spelled[i] not in wanted:
            del written[i]
    written.extend(line for line in wanted if line not in spelled)


def _fmu(part: FlatPart) -> str:
    name = PurePosixPath(part.source)
    return str(name if name.suffix == ".fmu" else name.with_name(f"{name.name}.fmu"))


def _one_line(text: str) -> str:
    """Words of others as they may stand in a comment: a line break would end it."""
    return "".join(c if c.isprintable() else "?" for c in text)


def _flow(values: Mapping[str, Any]) -> CommentedMap:
    found = CommentedMap(values)
    found.fa.set_flow_style()
    return found


def _before(site: CommentedMap, key: str, text: str) -> None:
    site.yaml_set_comment_before_after_key(key, before=f"\n{text}" if text else "\n")


def _is_known(unit: str) -> bool:
    try:
        conversion(unit, unit)
    except BadInput:
        return False
    return True


class _WrittenFloat(float):
    """A number that keeps its spelling: ruamel.yaml's own way rounds some of those with an `e`."""

    text: str


class _Constructor(RoundTripConstructor):
    def written_float(self, node: ScalarNode) -> _WrittenFloat:
        """The number of `node` and how it is written."""
        found = _WrittenFloat(self.construct_yaml_float(node))
        found.text = node.value
        return found


class _Representer(RoundTripRepresenter):
    def written_float(self, data: _WrittenFloat) -> ScalarNode:
        """A number as it was written."""
        return self.represent_scalar(_FLOAT, data.text)


_FLOAT = "tag:yaml.org,2002:float"
_Constructor.add_constructor(_FLOAT, _Constructor.written_float)
_Representer.add_representer(_WrittenFloat, _Representer.written_float)


def _yaml() -> YAML:
    yaml = YAML()
    yaml.Constructor, yaml.Representer = _Constructor, _Representer
    yaml.width = _WIDTH
    yaml.preserve_quotes = True
    yaml.indent(mapping=2, sequence=4, offset=2)
    return yaml


def _dump(site: CommentedMap) -> str:
    out = io.StringIO()
    _yaml().dump(site, out)
    return out.getvalue()
