"""Long generated functions cut into short ones, because compilers take a square time for them."""

import re
from collections.abc import Iterator

LONGEST = 1500
"""Statements up to which a function stays whole [-]."""

_FUNCTION = re.compile(r"^static int (casadi_f\d+)\(.*\) \{\n", re.MULTILINE)
_SIGNATURE = "const casadi_real** arg, casadi_real** res, casadi_real* w"


def cut(source: str) -> str:
    """`source` as CasADi writes it with `avoid_stack`: one statement a line, values in `w[]`."""
    return "".join(_pieces(source))


def _pieces(source: str) -> Iterator[str]:
    done = 0
    for match in _FUNCTION.finditer(source):
        end = source.index("\n}\n", match.end()) + 1
        lines = source[match.end() : end].splitlines(keepends=True)
        if len(lines) <= LONGEST:
            continue
        assert lines[-1].strip() == "return 0;", lines[-1]
        name, body = match[1], lines[:-1]
        parts = [body[k : k + LONGEST] for k in range(0, len(body), LONGEST)]
        yield source[done : match.start()]
        for k, part in enumerate(parts):
            yield f"static void {name}_part{k}({_SIGNATURE}) {{\n{''.join(part)}}}\n\n"
        calls = "".join(f"  {name}_part{k}(arg, res, w);\n" for k in range(len(parts)))
        yield f"{match[0]}{calls}{lines[-1]}"
        done = end
    yield source[done:]
