"""Mistakes of a site file as lines that say place, value, rule and the nearest word."""

import typing
from collections.abc import Iterable, Mapping, Sized
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails
from typing_extensions import TypeIs

from twin.errors import BadInput, did_you_mean
from twin.site.document import Document, Key

Told = TypeVar("Told", bound=BaseModel)

_RULES = {
    "float_type": "must be a number",
    "int_type": "must be a whole number",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "tuple_type": "must be a list",
    "dict_type": "must be a mapping of keys to values",
    "mapping_type": "must be a mapping of keys to values",
    "model_type": "must be a mapping of keys to values",
    "model_attributes_type": "must be a mapping of keys to values",
    "finite_number": "must be a finite number",
    "greater_than": "must be > {gt}",
    "greater_than_equal": "must be ≥ {ge}",
    "less_than": "must be < {lt}",
    "less_than_equal": "must be ≤ {le}",
    "string_too_short": "must not be empty",
    "string_pattern_mismatch": "must be of the form {pattern}",
    "too_short": "must have at least {min_length}, found {actual_length}",
    "too_long": "must have at most {max_length}, found {actual_length}",
}


@dataclass(frozen=True, order=True, slots=True)
class Mistake:
    """One thing that is wrong in a file; sorts by line."""

    line: int
    text: str


def wrong(document: Document, key: Key, rule: str) -> Mistake:
    """The value at `key` breaks `rule`: `site.yaml:41 a.b = 300: must be ≤ 247`."""
    found = _value(document, key)
    shown = f" = {found!r}" if isinstance(found, str | int | float) else ""
    return Mistake(document.line(key), f"{document.place(*key)}{shown}: {rule}")


def unknown_word(
    document: Document, key: Key, kind: str, word: str, known: Iterable[str]
) -> Mistake:
    """`word`, written at `key`, names nothing that somebody declared."""
    rule = f"unknown {kind} {word!r}{did_you_mean(word, known)}"
    return Mistake(document.line(key), f"{document.place(*key)}: {rule}")


def raise_all(mistakes: Iterable[Mistake]) -> None:
    """One BadInput with all of them, a line each; nothing when there are none."""
    if found := sorted(set(mistakes)):
        raise BadInput("\n".join(m.text for m in found))


def validated(document: Document, model: type[Told]) -> Told:
    """What a file says, each value checked by itself.

    Raises:
        BadInput: everything that `model` refuses of it, a line each.
    """
    try:
        return model.model_validate(document.data)
    except ValidationError as error:
        raise_all(explain(error, document, model))
        raise


def explain(
    error: ValidationError, document: Document, model: type[BaseModel], at: Key = ()
) -> list[Mistake]:
    """What pydantic refused of `model` at `at`, in the words and with the lines of the file."""
    several = error.errors(include_url=False)
    return [_explain(details, document, model, at) for details in several if not _echo(details)]


def _echo(details: ErrorDetails) -> bool:
    """Whether a list is called too short only because what is wrong in it was not counted."""
    found, least = details["input"], details.get("ctx", {}).get("min_length", 0)
    return details["type"] == "too_short" and isinstance(found, Sized) and len(found) >= least


def _explain(details: ErrorDetails, document: Document, model: type[BaseModel], at: Key) -> Mistake:
    raw: Key = tuple(details["loc"])
    key = _in_file(document, at, raw)
    context: dict[str, Any] = details.get("ctx", {})
    match details["type"]:
        case "extra_forbidden":
            known = _fields(model, raw[:-1])
            where = document.place(*key[:-1]).split(" ", 1)[1:]
            place = " ".join([f"{document.path.name}:{document.line(key)}", *where])
            word = str(key[-1])
            text = f"{place}: unknown key {word!r}{did_you_mean(word, known)}"
            return Mistake(document.line(key), text)
        case "missing":
            last = raw[-1]
            what = f"key {last!r}" if isinstance(last, str) else f"item {last + 1}"
            return Mistake(document.line(key), f"{document.place(*key)}: missing {what}")
        case "union_tag_not_found":
            name = context["discriminator"].strip("'")
            return Mistake(document.line(key), f"{document.place(*key)}: missing key {name!r}")
        case "union_tag_invalid":
            name, tags = context["discriminator"].strip("'"), context["expected_tags"]
            return wrong(document, (*key, name), _one_of(context["tag"], tags))
        case "literal_error":
            return wrong(document, key, _one_of(details["input"], context["expected"]))
        case "value_error":
            return wrong(document, key, str(context["error"]))
        case kind:
            if kind == "too_short" and isinstance(found := details["input"], Sized):
                context["actual_length"] = len(found)  # it counts what is right only
            rule = _RULES.get(kind, details["msg"]).format(**context)
            return wrong(document, key, rule)


def _one_of(found: object, expected: str) -> str:
    words = expected.replace(" or ", ", ").replace("'", "").split(", ")
    near = did_you_mean(str(found), words)
    return f"must be one of {', '.join(words)}{near if 'mean' in near else ''}"


def _value(document: Document, key: Key) -> object:
    value: object = document.data
    for part in key:
        match value, part:
            case dict(), _:
                value = value.get(part)
            case list(), int(index):
                value = value[index]
            case _:
                return None
    return value


def _in_file(document: Document, at: Key, loc: Key) -> Key:
    """The part of pydantic's location that the file has too: union tags and `[key]` fall out."""
    key = at
    for part in loc:
        if (*key, part) in document.lines:
            key = (*key, part)
    return key


def _fields(model: type[BaseModel], loc: Key) -> list[str]:
    """Keys that the model at `loc` knows."""
    kind: object = model
    for part in loc:
        kind = _member(kind, part)
    if not _is_model(kind):
        return []
    return [field.alias or name for name, field in kind.model_fields.items()]


def _member(kind: object, part: str | int) -> object:
    """Type of what stands under `part` in a value of type `kind`."""
    if _is_model(kind):
        return _bare(kind.model_fields[str(part)].annotation)
    members = [_bare(member) for member in typing.get_args(kind)]
    if typing.get_origin(kind) is UnionType:
        # in a tagged union pydantic's location names the tag
        return next((m for m in members if _is_model(m) and part in _tags(m)), None)
    return members[-1] if typing.get_origin(kind) is Mapping else members[0]


def _tags(model: type[BaseModel]) -> list[object]:
    """All literal values that fields of a model are fixed to."""
    kinds = [field.annotation for field in model.model_fields.values()]
    return [tag for k in kinds if typing.get_origin(k) is Literal for tag in typing.get_args(k)]


def _is_model(kind: object) -> TypeIs[type[BaseModel]]:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _bare(kind: object) -> object:
    """Without its conditions, and without its being optional."""
    if typing.get_origin(kind) is Annotated:
        return _bare(typing.get_args(kind)[0])
    members = [m for m in typing.get_args(kind) if m is not type(None)]
    optional = typing.get_origin(kind) is UnionType and len(members) == 1
    return _bare(members[0]) if optional else kind
