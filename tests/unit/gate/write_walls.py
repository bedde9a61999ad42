"""Reads source code and says every way by which something could be written past the gate.

Three walls. Permits are made in `hil.gate` only. Requests that write are built in one file of it
only. Whatever is sent by `transact` or `broadcast`, through however many functions, is what a
permit carries, what a builder of reads gave, or was looked at by `pdu.only_read`.
"""

import ast
from collections.abc import Iterator, Mapping

WRITE_BUILDERS = frozenset(
    ["write_head", "write_register_request", "write_registers_request", "write_coil_request",
     "write_coils_request", "mask_write_request", "exchange_request"]
)  # fmt: skip
READ_BUILDERS = frozenset({"read_request", "identification_request", "only_read"})
MAY_BUILD = frozenset({"hil/links/pdu.py", "hil/gate/requests.py"})
ANSWERS = frozenset({"transact", "broadcast"})
Function = ast.FunctionDef | ast.AsyncFunctionDef


def breaches(sources: Mapping[str, str]) -> list[str]:
    """Ways past the gate in files (path from the root -> text)."""
    trees = {name: ast.parse(text) for name, text in sources.items()}
    found: list[str] = []
    for name, tree in trees.items():
        found += _made(name, tree) + _built(name, tree)
    return found + _sent(trees)


def _made(name: str, tree: ast.AST) -> list[str]:
    if name.startswith("hil/gate/"):
        return []
    return [
        f"{name}:{call.lineno} makes a permit"
        for call in _calls(tree)
        if _called(call) in ("Permit", "Lease")
    ]


def _built(name: str, tree: ast.AST) -> list[str]:
    if name in MAY_BUILD:
        return []
    words = (
        (node.lineno, node.attr if isinstance(node, ast.Attribute) else node.id)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute | ast.Name)
    )
    imported = (
        (node.lineno, alias.name)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    )
    return [
        f"{name}:{line} uses {word}"
        for source in (words, imported)
        for line, word in source
        if word in WRITE_BUILDERS
    ]


def _sent(trees: Mapping[str, ast.AST]) -> list[str]:
    """Calls whose request is neither a permit's nor a read; functions that pass theirs on count.

    Functions are known by their bare names: rather too many are looked at than too few.
    """
    senders = {"transact": 1, "broadcast": 0}
    while True:
        found: list[str] = []
        more: dict[str, int] = {}
        for name, tree in trees.items():
            for function in _functions(tree):
                for call in _calls(function):
                    if (at := senders.get(_called(call))) is None:
                        continue
                    request = _argument(call, at)
                    passed = _parameter(function, request)
                    if passed is not None:
                        if function.name not in ANSWERS:
                            more[function.name] = passed
                    elif not _harmless(function, request):
                        found.append(f"{name}:{call.lineno} sends what no permit carries")
        if more.items() <= senders.items():
            return found
        senders |= more


def _harmless(function: Function, request: ast.expr | None) -> bool:
    if isinstance(request, ast.Attribute):
        owner = request.value
        return (
            request.attr == "request"
            and isinstance(owner, ast.Name)
            and any(
                a.arg == owner.id and a.annotation and ast.unparse(a.annotation) == "Permit"
                for a in function.args.args
            )
        )
    if isinstance(request, ast.Call):
        return _called(request) in READ_BUILDERS
    if not isinstance(request, ast.Name):
        return False
    given = [
        node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign | ast.AnnAssign | ast.NamedExpr)
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        if ast.unparse(target) == request.id
    ]
    return bool(given) and all(_is_read(value) for value in given)


def _is_read(value: ast.expr | None) -> bool:
    if not isinstance(value, ast.Call):
        return False
    kept = ast.unparse(value.func) == "self._reads.get"  # where a device keeps what was built
    return kept or _called(value) in READ_BUILDERS


def _parameter(function: Function, request: ast.expr | None) -> int | None:
    """Which argument (not counting self) of `function` the `request` is, if it is one."""
    names = [a.arg for a in function.args.args if a.arg != "self"]
    if isinstance(request, ast.Name) and request.id in names:
        return names.index(request.id)
    return None


def _argument(call: ast.Call, at: int) -> ast.expr | None:
    named = [k.value for k in call.keywords if k.arg == "request"]
    return named[0] if named else call.args[at] if at < len(call.args) else None


def _functions(tree: ast.AST) -> Iterator[Function]:
    return (node for node in ast.walk(tree) if isinstance(node, Function))


def _calls(tree: ast.AST) -> Iterator[ast.Call]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.Call))


def _called(call: ast.Call) -> str:
    func = call.func
    if isinstance(func, ast.Attribute):
        return func.attr
    return func.id if isinstance(func, ast.Name) else ""
