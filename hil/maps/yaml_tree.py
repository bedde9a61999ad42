"""A YAML file as plain values, each with its line; tags of others (`!secret`) become their text."""

import io

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from hil.maps.read_csv import text_of_bytes
from hil.maps.structured import step
from twin.errors import BadInput

_VALUES = {f"tag:yaml.org,2002:{kind}" for kind in ("int", "float", "bool", "null")}
MOST_NODES = 200_000
"""Aliases can double at every level; no list of registers is so long."""


def yaml_of(file: str, data: bytes) -> tuple[object, dict[str, int]]:
    """Value of a file, and the line of every JSON pointer in it.

    Raises:
        BadInput: not text or not YAML, with its line.
    """
    text = text_of_bytes(file, data)
    yaml = YAML(typ="safe", pure=True)
    yaml.composer.warn_double_anchors = False  # YAML allows it: an alias means the latest
    walker = _Walker(file, yaml)
    try:
        root = yaml.compose(io.StringIO(text))
        return (None if root is None else walker.value(root, "")), walker.lines
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        raise BadInput(f"{file}:{line}: not YAML: {error.problem or error.context}") from None
    except RecursionError:
        raise BadInput(f"{file}: not YAML: nested too deeply") from None
    except (YAMLError, ValueError, AttributeError, AssertionError, KeyError, TypeError) as error:
        said = (str(error).splitlines() or [type(error).__name__])[0]  # all of them were seen
        raise BadInput(f"{file}: not YAML: {said}") from None


class _Walker:
    def __init__(self, file: str, yaml: YAML) -> None:
        self.file, self.lines, self.nodes = file, {"": 1}, 0
        self._construct = yaml.constructor.construct_object

    def value(self, node: Node, pointer: str) -> object:
        self.nodes += 1
        if self.nodes > MOST_NODES:
            raise BadInput(f"{self.file}: holds more than {MOST_NODES} values")
        self.lines.setdefault(pointer, node.start_mark.line + 1)
        match node:
            case MappingNode():
                found: dict[str, object] = {}
                for key, child in node.value:
                    if isinstance(key, ScalarNode):
                        word = str(key.value)
                        found[word] = self.value(child, step(pointer, word))
                return found
            case SequenceNode():
                return [self.value(child, step(pointer, i)) for i, child in enumerate(node.value)]
        return self._construct(node) if node.tag in _VALUES else str(node.value)
