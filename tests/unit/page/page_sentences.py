"""What the server can say to a browser, gathered from its source: each sentence with its blanks
filled in, so that whoever adds one hears that it has no translation yet."""

import ast
import importlib
import inspect
from collections.abc import Iterator

REFUSING = (
    "hil.page.app",
    "hil.page.asked",
    "hil.page.bench_source",
    "hil.page.desk_source",
    "hil.page.door",
    "hil.page.entry",
    "hil.page.handing_on",
    "hil.page.orders",
    "hil.page.people",
    "hil.page.questions",
    "hil.page.run_source",
    "hil.gate.users",
    "hil.alarms.order",
    "twin.diagnosis.isa",
)
LINKS = ("hil.links.rtu", "hil.links.tcp", "hil.links.loopback", "hil.links.pdu")
REASONS = ("twin.pipeline", "twin.observers.gate", "hil.monitor.seen")
HEALTH = ("hil.monitor.how_it_is", "hil.monitor.roster", "hil.crew.loss")
STEPS = ("hil.commissioning.said", "hil.commissioning.procedure")
OUTCOMES = (
    "hil.commissioning.answering",
    "hil.commissioning.raised",
    "hil.commissioning.judging",
    "hil.commissioning.doing",
    "hil.commissioning.by_hand",
    "hil.commissioning.at_rest",
    "hil.commissioning.following",
)
_HANDED_ON = ("BadInput", "LinkFault", "LinkLost", "HukkaError", "Found", "_wait")
_HANDED_ON += ("_lost", "_garbled", "_say", "append")
FILL = "7"


def said_in(modules: tuple[str, ...]) -> set[str]:
    """Sentences that `modules` raise, return, keep or hand on."""
    found: set[str] = set()
    for name in modules:
        tree = ast.parse(inspect.getsource(importlib.import_module(name)))
        found |= {text for node in ast.walk(tree) for text in _sentences(node) if _is_one(text)}
    return found


def _sentences(node: ast.AST) -> Iterator[str]:
    match node:
        case ast.Call(func=func, args=args):
            yield from _called(func, args)
        case ast.Return(value=ast.BoolOp(values=[*_, value])):
            yield from _text(value)
        case ast.Return(value=ast.expr() as value) | ast.Assign(value=value):
            yield from _text(value)
        case ast.AugAssign(value=value):
            yield from (text.removeprefix("; ") for text in _text(value))
        case ast.Tuple(elts=[ast.Constant(value=int()), said]):
            yield from _text(said)  # a refusal of the door: status and why


def _called(func: ast.expr, args: list[ast.expr]) -> Iterator[str]:
    match ast.unparse(func).rpartition(".")[2], args:
        case "refuse", [place, _, rule]:
            yield from (f"{p} = '{FILL}': {r}" for p in _text(place) for r in _text(rule))
        case "unknown", [place, kind, *_]:
            yield from (f"{p}: unknown {k} '{FILL}'" for p in _text(place) for k in _text(kind))
        case "answered", [ast.Dict(values=[value]), *_]:
            yield from _text(value)
        case word, _ if word in _HANDED_ON or isinstance(func, ast.Call):
            yield from (text for arg in args for text in _text(arg))


def _text(node: ast.expr) -> Iterator[str]:
    """What a string says with its blanks filled in; nothing for what is none."""
    match node:
        case ast.Constant(value=str(text)):
            yield text
        case ast.IfExp(body=body, orelse=other):
            yield from _text(body)
            yield from _text(other)
        case ast.JoinedStr(values=values):
            yield "".join(v.value if isinstance(v, ast.Constant) else _filled(v) for v in values)


def _filled(blank: ast.expr) -> str:
    """What stands in a blank; a place is that of an order to an alarm."""
    named = isinstance(blank, ast.FormattedValue) and ast.unparse(blank.value)
    return f"alarm {FILL}" if named == "place" else FILL


def _is_one(text: str) -> bool:
    """Whether it is a sentence: names in code have no space, what begins with a comma is a rest."""
    if text.endswith((":", "]")):  # a terminal asks for something
        return False
    words = text.replace(FILL, " ").split()
    return " " in text.strip() and text[0] != "," and any(len(w) > 1 and w.isalpha() for w in words)
