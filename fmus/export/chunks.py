"""Generated functions made fit for a compiler: no needless checks, and long ones cut into pieces.

CasADi writes one statement a line. It guards each argument and result against a null pointer,
which the shell never passes, and compilers take more than linear time for long functions. Pieces
of one must not be inlined: compilers do so with what is called once, and have the whole again.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST = 12000
"""Statements up to which a function stays whole [-]."""
PIECE = 250
"""Statements of a piece of one that does not [-]."""
_APART = """#if defined(HK_HURRY) && defined(__clang__)
#define HK_APART static __attribute__((noinline, optnone)) void
#elif defined(__GNUC__)
#define HK_APART static __attribute__((noinline)) void
#elif defined(_MSC_VER)
#define HK_APART static __declspec(noinline) void
#else
#define HK_APART static void
#endif

"""

_FUNCTION = re.compile(r"^static int (casadi_f\d+)\(.*\) \{\n", re.MULTILINE)
_GUARDED = re.compile(r"\b(arg|res)\[(\d+)\](?:\? |!=0\))")
_SLOT = re.compile(r"\bw\[(\d+)\]")
_SIGNATURE = "const casadi_real** arg, casadi_real** res, casadi_real* w"


def without_checks(source: str) -> str:
    """`source` without CasADi's guards against null pointers."""
    for kind, place in sorted(set(_GUARDED.findall(source))):
        guard = f"arg[{place}]? " if kind == "arg" else f"if (res[{place}]!=0) "
        source = source.replace(guard, "")
    return source.replace("] : 0", "]")


def cut(source: str, *, hurry: bool = False) -> str:
    """`source`, written by CasADi with `avoid_stack` (values in `w[]`), in short functions.

    In a `hurry` the compiler is told not to optimise them; their numbers are the same.
    """
    apart = ("#define HK_HURRY\n" if hurry else "") + _APART
    pieces, done = [], 0
    for match in _FUNCTION.finditer(source):
        end = source.index("\n}\n", match.end()) + 1
        *body, last = source[match.end() : end].splitlines()
        if len(body) <= LONGEST:
            continue
        assert last.strip() == "return 0;", last
        name = match[1]
        parts = _parts(body)
        pieces.append(source[done : match.start()] + ("" if done else apart))
        for k, part in enumerate(parts):
            pieces.append(f"HK_APART {name}_part{k}({_SIGNATURE}) {{\n{part}}}\n\n")
        calls = "".join(f"  {name}_part{k}(arg, res, w);\n" for k in range(len(parts)))
        pieces.append(f"{match[0]}{calls}{last}\n")
        done = end
    return "".join([*pieces, source[done:]])


@dataclass(frozen=True)
class _Part:
    tokens: list[str]
    """Text and, in odd places, slots of `w`."""
    needs: set[str]
    """Slots that are read before they are written."""
    writes: set[str]


def _parts(body: Sequence[str]) -> list[str]:
    """Bodies of the pieces: values are local, and cross from piece to piece in `w`."""
    parts = [_part("\n".join(body[k : k + PIECE])) for k in range(0, len(body), PIECE)]
    texts, wanted = [], set[str]()
    for part in reversed(parts):
        texts.append(_text(part, keep=part.writes & wanted))
        wanted = (wanted - part.writes) | part.needs
    return texts[::-1]


def _part(text: str) -> _Part:
    tokens = _SLOT.split(text)
    needs, writes = set[str](), set[str]()
    written = ""  # by the line that is being read: its right side comes first
    for slot, after in zip(tokens[1::2], tokens[2::2], strict=True):
        if after.startswith("=") and not after.startswith("=="):
            written = slot
        elif slot not in writes:
            needs.add(slot)
        if written and "\n" in after:
            writes.add(written)
            written = ""
    return _Part(tokens, needs, writes | ({written} - {""}))


def _text(part: _Part, keep: set[str]) -> str:
    slots = sorted(part.needs | part.writes, key=int)
    known = {slot: f"a{slot}=w[{slot}]" if slot in part.needs else f"a{slot}" for slot in slots}
    declared = f"  casadi_real {', '.join(known.values())};" if known else ""
    tokens = part.tokens.copy()
    tokens[1::2] = [f"a{slot}" for slot in tokens[1::2]]
    kept = [f"  w[{slot}]=a{slot};" for slot in sorted(keep, key=int)]
    return "\n".join([declared, "".join(tokens), *kept, ""])
