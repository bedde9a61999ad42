"""Files that are trees (JSON, TOML, YAML): values by their JSON pointer, each of the right kind."""

import json
import tomllib
from collections.abc import Mapping
from typing import Any

from hil.maps.draft import Findings
from hil.maps.read_csv import text_of_bytes
from twin.errors import BadInput, did_you_mean

Object = Mapping[str, Any]


def json_of(file: str, data: bytes) -> Any:  # noqa: ANN401  # whatever the file holds
    """The value in a JSON file; BadInput with line and column where it is none."""
    try:
        return json.loads(text_of_bytes(file, data).removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        raise BadInput(f"{file}:{error.lineno}: not JSON: {error.msg}") from None
    except ValueError:
        raise BadInput(f"{file}: not JSON: holds a number with too many digits") from None
    except RecursionError:
        raise BadInput(f"{file}: not JSON: nested too deeply") from None


def toml_of(file: str, data: bytes) -> Object:
    """The table in a TOML file; BadInput with line and column where it is none."""
    text = text_of_bytes(file, data).replace("\r\n", "\n")
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"{file}: not TOML: {error}") from None
    except ValueError:
        raise BadInput(f"{file}: not TOML: holds a number with too many digits") from None
    except RecursionError:
        raise BadInput(f"{file}: not TOML: nested too deeply") from None


def step(pointer: str, key: str | int) -> str:
    """A JSON pointer one step further (RFC 6901)."""
    return f"{pointer}/{str(key).replace('~', '~0').replace('/', '~1')}"


class Tree:
    """A value with its place; what is not of the wanted kind is a mistake and comes as empty."""

    def __init__(
        self,
        findings: Findings,
        value: object,
        pointer: str = "",
        lines: Mapping[str, int] | None = None,
    ) -> None:
        self.findings, self.value, self.pointer, self.lines = findings, value, pointer, lines

    @property
    def place(self) -> str:
        """File and line where lines are known, and the JSON pointer."""
        if self.lines is None:
            return f"{self.findings.file}#{self.pointer}"
        at = self.pointer
        while at not in self.lines and at:
            at = at.rpartition("/")[0]
        return f"{self.findings.file}:{self.lines.get(at, 1)}#{self.pointer}"

    def _below(self, value: object, key: str | int) -> "Tree":
        return Tree(self.findings, value, step(self.pointer, key), self.lines)

    def wrong(self, rule: str) -> None:
        """Note that the value breaks `rule`."""
        self.findings.mistake(self.place, self.value, rule)

    def remark(self, text: str) -> None:
        """Note something about the value."""
        self.findings.remark(self.place, text)

    def get(self, key: str) -> "Tree":
        """The value below `key`, None where there is none."""
        found = self.value.get(key) if isinstance(self.value, Mapping) else None
        return self._below(found, key)

    def object(self) -> dict[str, "Tree"]:
        """The members of an object; a mistake where it is something else, none where it is none."""
        if self.value is None:
            return {}
        if not isinstance(self.value, Mapping):
            self.wrong("must be an object")
            return {}
        return {str(key): self._below(inner, str(key)) for key, inner in self.value.items()}

    def list(self) -> "list[Tree]":
        """The items of a list; an object stands for a list of itself."""
        if self.value is None:
            return []
        if isinstance(self.value, Mapping):
            return [self]
        if not isinstance(self.value, list):
            self.wrong("must be a list")
            return []
        return [self._below(inner, i) for i, inner in enumerate(self.value)]

    def text(self) -> str | None:
        """Text, None where there is none."""
        if self.value is None or isinstance(self.value, str):
            return self.value
        self.wrong("must be text")
        return None

    def whole(self) -> int | None:
        """A whole number, None where there is none."""
        if self.value is None or type(self.value) is int:
            return self.value
        self.wrong("must be a whole number")
        return None

    def number(self) -> float | None:
        """A number [-], None where there is none."""
        if self.value is None or type(self.value) in (int, float):
            return self.value  # type: ignore[return-value]  # by the line above
        self.wrong("must be a number")
        return None

    def flag(self, default: bool) -> bool:
        """True or false, `default` where there is none."""
        if self.value is None:
            return default
        if isinstance(self.value, bool):
            return self.value
        self.wrong("must be true or false")
        return default

    def word(self, known: Mapping[str, Any], default: str | None = None) -> str | None:
        """A key of `known`, with the nearest one where it is none."""
        text = default if self.value is None else self.text()
        if text is None or text in known:
            return text
        self.wrong(f"unknown word{did_you_mean(text, known)}")
        return None
