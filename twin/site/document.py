"""A YAML file whose every value knows its line: what a refusal needs to say where."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from twin.errors import BadInput

Key = tuple[str | int, ...]

_PLAIN_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("str", "timestamp", "value", "merge")}
_VALUE_TAGS = {f"tag:yaml.org,2002:{kind}" for kind in ("int", "float", "bool", "null")}


@dataclass(frozen=True, slots=True)
class Document:
    """Plain values (dicts, lists, numbers, text) and the line on which each of them begins."""

    path: Path
    data: Mapping[str, object]
    lines: Mapping[Key, int]

    def line(self, key: Key) -> int:
        """Line of the value at `key`, or of the nearest thing around it that exists [-]."""
        while key not in self.lines:
            key = key[:-1]
        return self.lines[key]

    def place(self, *key: str | int) -> str:
        """Where a value stands: `site.yaml:41 controllers.heat_pump.unit`."""
        return f"{self.path.name}:{self.line(key)} {dotted(key)}".rstrip()


def dotted(key: Key) -> str:
    """A key as people write it: `signals.heat_pump.T_sink_out.range[1]`."""
    text = ""
    for part in key:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".")


def read_optional(path: Path | None) -> Document | None:
    """The YAML mapping in `path`; None where there is no file, or nothing but comments in it.

    Raises:
        BadInput: as of `read_document`.
    """
    if path is None:
        return None
    try:
        lines = path.read_text("utf-8", "replace").splitlines()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from None
    said = (line.strip() for line in lines)
    return read_document(path) if any(line and line[0] != "#" for line in said) else None


def read_document(path: Path) -> Document:
    """The YAML mapping in `path`.

    Raises:
        BadInput: no such file, not text, not YAML, a key given twice, an alias or a foreign
            tag; every message names file and line.
    """
    try:
        yaml = YAML(typ="safe", pure=True)
        root = yaml.compose(path.read_text(encoding="utf-8"))
        reader = _Reader(path, yaml)
        data = reader.value(root, ()) if root is not None else None
    except OSError as error:
        raise BadInput(f"{path}: {error.strerror or error}") from None
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: not UTF-8 text at byte {error.start}") from None
    except RecursionError:
        raise BadInput(f"{path.name}: nested too deeply") from None
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        raise BadInput(f"{path.name}:{line}: not YAML: {error.problem or error.context}") from None
    except YAMLError as error:
        raise BadInput(f"{path.name}: not YAML: {str(error).splitlines()[0]}") from None
    if reader.mistakes:
        raise BadInput("\n".join(reader.mistakes))
    if not isinstance(data, dict):
        raise BadInput(f"{path.name}:1: must be a mapping of keys to values")
    return Document(path, data, reader.lines)


class _Reader:
    """Walks the node tree once; collects lines and mistakes on the way."""

    def __init__(self, path: Path, yaml: YAML) -> None:
        self.file = path.name
        self.lines: dict[Key, int] = {(): 1}
        self.mistakes: list[str] = []
        self._seen: set[int] = set()
        self._scalars = yaml.constructor

    def value(self, node: Node, key: Key) -> object:
        """The plain value of `node`, which stands at `key`."""
        if id(node) in self._seen:
            # An alias can hold itself or double at every level; writing it out cannot.
            self._refuse(node, key, "aliases (*name) are not read here, write the value out")
            return None
        self._seen.add(id(node))
        match node:
            case MappingNode():
                return self._mapping(node, key)
            case SequenceNode():
                return [self._item(child, (*key, i)) for i, child in enumerate(node.value)]
            case _:
                return self._scalar(node, key)

    def _item(self, node: Node, key: Key) -> object:
        self.lines[key] = node.start_mark.line + 1
        return self.value(node, key)

    def _mapping(self, node: MappingNode, key: Key) -> dict[str, object]:
        found: dict[str, object] = {}
        for name_node, child in node.value:
            if not isinstance(name_node, ScalarNode):
                self._refuse(name_node, key, "a key must be one word")
                continue
            name, here = str(name_node.value), (*key, str(name_node.value))
            if name in found:
                self._refuse(name_node, here, f"key given twice, first on line {self.lines[here]}")
                continue
            self.lines[here] = name_node.start_mark.line + 1
            found[name] = self.value(child, here)
        return found

    def _scalar(self, node: Node, key: Key) -> object:
        if node.tag in _PLAIN_TAGS:
            return str(node.value)
        if node.tag not in _VALUE_TAGS:
            self._refuse(node, key, f"tag {node.tag!r} is not read here")
            return None
        try:
            return self._scalars.construct_object(node)
        except (ValueError, KeyError, IndexError):
            self._refuse(node, key, f"{node.value[:40]!r} is not what its tag says")
            return None

    def _refuse(self, node: Node, key: Key, rule: str) -> None:
        line = node.start_mark.line + 1
        self.mistakes.append(f"{self.file}:{line} {dotted(key)}".rstrip() + f": {rule}")
