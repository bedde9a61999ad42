"""Model → C: the equations as CasADi writes them, and the tables that the shell reads."""

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import casadi as ca

from fmus.equations import Model, column
from fmus.export.chunks import LONGEST, cut, without_checks
from fmus.export.dependencies import Dependencies, dependencies
from fmus.export.functions import ShellFunctions, shell_functions
from fmus.export.layout import Layout, layout_of
from fmus.export.pattern_tables import PATTERNS, PatternTable, pattern_table
from fmus.export.ranges import range_table
from fmus.export.rosenbrock import GAMMA
from twin.errors import BadInput
from twin.signals import OUT_OF_RANGE

LARGEST = 1.7976931348623157e308
ROUGHEST = 0.05
"""Disagreement of a step's two stages that shortens any step, in nominal values of a state [-]."""
ROUGH_AT_1S = 5e-7
"""The same in a model whose longest step is 1 s [-]."""

_TIME, _STATES, _INPUTS, _PARAMETERS, _ALGEBRAICS = 0, 1, 2, 3, 5
"""Places among the arguments of every generated function."""

_PORTABLE = {"exp", "log", "pow", "tanh", "sqrt", "fabs", "fmin", "fmax", "floor", "ceil"}
_WRITTEN_OUT = {"sq", "sign"}
"""Helpers that CasADi writes as + - * / and comparisons."""
_HUGE = 100_000
"""Statements from which a function is compiled in a third of the time, and slower [-]: the Jacobian
of a network of thousands of states, calculated once where there were dozens of questions."""
_CALL = re.compile(r"=\s*(?:casadi_)?([a-z][a-z0-9]*)\(")


@dataclass(frozen=True)
class Code:
    """Everything about a model that the compiler and the XML writer need."""

    model: Model
    layout: Layout
    token: str
    files: dict[str, str]
    """Generated C files by name."""
    dependencies: Dependencies


def generate(model: Model, written: Callable[[str, str], None] = lambda *_: None) -> Code:
    """C code of `model`; `written` is told name and text of each file of equations at once.

    Raises:
        BadInput: the model is not complete, or uses a function whose bits differ by machine.
    """
    layout = layout_of(model)
    functions = shell_functions(model, layout)
    equations = _equations(model, list(functions.by_name.values()), written)
    algebra = pattern_table("hk_algebra", functions.algebra)
    step = pattern_table("hk_step_matrix", functions.step or ca.Sparsity(0, 0))
    header = _header(model, layout, functions, algebra, step)
    tables = _tables(model, layout, functions, [*algebra.lines, *step.lines])
    ranges = range_table(model, _output_index(layout, OUT_OF_RANGE))
    decisive = "\0".join([header, tables, ranges, *equations.values()])
    token = hashlib.sha256(decisive.encode()).hexdigest()[:32]
    fixed = {"model_ranges.c": ranges, "model_tables.c": tables}
    files = {"model.h": header.replace("@TOKEN@", token), **fixed, **equations}
    return Code(model, layout, token, files, dependencies(layout, functions))


def _equations(
    model: Model, functions: Sequence[ca.Function], written: Callable[[str, str], None]
) -> dict[str, str]:
    """C files by name; one a function where they are long, for compilers to share the work."""
    if all(function.n_instructions() <= LONGEST for function in functions):
        return {"model_equations.c": _written(model, "model_equations.c", functions)}
    files = {}
    for function in sorted(functions, key=ca.Function.n_instructions, reverse=True):
        name = f"equations_{function.name().removeprefix('hk_')}.c"
        files[name] = _written(model, name, [function], cut_up=True)
        written(name, files[name])
    return files


def _written(
    model: Model, name: str, functions: Sequence[ca.Function], *, cut_up: bool = False
) -> str:
    generator = ca.CodeGenerator(
        name,
        {"with_header": False, "verbose": False, "casadi_real": "double", "avoid_stack": cut_up},
    )
    for function in functions:
        generator.add(function)
    source = without_checks(generator.dump())
    if cut_up:
        hurry = max(f.n_instructions() for f in functions) > _HUGE
        source = cut(source, hurry=hurry)
    foreign = sorted(set(_CALL.findall(source)) - _PORTABLE - _WRITTEN_OUT)
    if foreign:
        raise BadInput(
            f"{model.name}: the equations use {foreign[0]}(), whose last digits differ by machine; "
            f"write them with {', '.join(sorted(_PORTABLE))}"
        )
    return (
        "/* Written by CasADi from the equations of the model. */\n"
        '#include "det_math.h"\n'
        "#define CASADI_SYMBOL_EXPORT\n" + source
    )


def _output_index(layout: Layout, name: str) -> int:
    names = [output.name for output in layout.outputs]
    return names.index(name) if name in names else -1


def _header(
    model: Model, layout: Layout, found: ShellFunctions, algebra: PatternTable, step: PatternTable
) -> str:
    functions, matrix = found.by_name, found.matrix()
    states_jump = not ca.is_equal(model.after_event()[0], column(model.states))
    counts = {
        "HK_NX": len(model.states),
        "HK_NU": len(model.inputs),
        "HK_NP": len(model.parameters),
        "HK_NY": len(layout.outputs),
        "HK_NM": len(model.modes),
        "HK_NZ": len(model.indicators),
        "HK_NR": len(model.ranges),
        "HK_NA": len(model.algebraics),
        "HK_NW": len(model.held_starts()),
        "HK_PLUGS": len(model.plugs),
        "HK_MIXED": len(model.mixed_values),
        "HK_MEANS": len(model.means),
        "HK_LINKS": found.links.nnz(),
        "HK_PLUG_LARGEST": max((plug.cells for plug in model.plugs), default=0),
        "HK_ALGEBRA_NONZEROS": algebra.nonzeros,
        "HK_ALGEBRA_FACTORS": algebra.factors,
        "HK_JACOBIAN_NONZEROS": found.jacobian.nnz(),
        "HK_STEP_IN_SHELL": int(found.step is not None),
        "HK_LAGS": len(found.lags),
        "HK_STEP_NONZEROS": step.nonzeros,
        "HK_STEP_FACTORS": step.factors if found.step else matrix.size1_out(0),
        "HK_KEEPS_FACTORS": int(not model.held_starts() and not _used(matrix, _TIME)),
        "HK_WORK": max(f.sz_w() for f in functions.values()),
        "HK_HAS_EVENTS": int(bool(model.modes or model.indicators or states_jump)),
    }
    lines = ["/* Sizes, tables and equations of one model. */", "#ifndef HK_MODEL_H"]
    lines += [
        "#define HK_MODEL_H",
        "",
        "#include <stdint.h>",
        "",
        '#include "lu.h"',
        '#include "plug.h"',
        "",
        '#define HK_TOKEN "@TOKEN@"',
    ]
    lines += [f'#define HK_MODEL "{model.name}"', f"#define HK_H_MAX {float(model.h_max_s)!r}"]
    lines.append(f"#define HK_GAMMA {GAMMA!r}")
    lines += [f"#define {name} {value}" for name, value in counts.items()]
    memory = " + ".join(f"HK_PLUG_STATE({plug.cells})" for plug in model.plugs) or "0"
    lines.append(f"#define HK_PLUG_MEMORY ({memory})")
    lines += ["", *(f"extern const {declaration};" for declaration in (*_TABLES, *PATTERNS)), ""]
    arguments = "const double **arg, double **res, long long *iw, double *w, int mem"
    lines += [f"int {name}({arguments});" for name in functions]
    return "\n".join([*lines, "", "#endif", ""])


_TABLES = (
    "double hk_start_x[]",
    "double hk_start_u[]",
    "double hk_start_p[]",
    "int32_t hk_start_m[]",
    "double hk_start_a[]",
    "double hk_start_w[]",
    "double hk_nominal_x[]",
    "double hk_strictness_x[]",
    "double hk_nominal_a[]",
    "double hk_min_p[]",
    "double hk_max_p[]",
    "char hk_tunable_p[]",
    "char hk_in_algebra_u[]",
    "char hk_in_algebra_p[]",
    "int hk_plug_cells[]",
    "int hk_lag_state[]",
    "double hk_in_matrix_x[]",
    "double hk_in_matrix_u[]",
    "double hk_in_matrix_a[]",
    "int32_t hk_link_start[]",
    "int32_t hk_link_from[]",
    "int32_t hk_jacobian_start[]",
    "int32_t hk_jacobian_row[]",
    "char *const hk_variable_name[]",
)


def _strictness(model: Model, rhs: ca.Function) -> list[float]:
    """One over the disagreement that the stages of a step may have about each state, in 1/unit.

    Zero for states that no derivative depends on (energy meters). In a step of `h` a course of
    curvature c is missed by about c h^2, so up to a longest step of 1 s the same curvature cuts
    steps short. A user who allows longer ones wants the courses of hours, and is given more.
    """
    slopes = rhs.jac_sparsity(0, 1)
    needed = set(slopes.get_triplet()[1])
    longest = model.h_max_s
    share = min(ROUGHEST, ROUGH_AT_1S * longest**2 * max(1.0, longest))
    return [
        1.0 / (share * float(v.nominal)) if i in needed else 0.0 for i, v in enumerate(model.states)
    ]


def _used(function: ca.Function, argument: int) -> list[int]:
    """Elements of an argument that the first result depends on."""
    return sorted(set(function.jac_sparsity(0, argument).get_triplet()[1]))


def _flags(function: ca.Function, argument: int) -> list[str]:
    """For each element of an argument 1 if the first result depends on it, else 0."""
    used = _used(function, argument)
    return [str(int(i in used)) for i in range(function.size1_in(argument))]


def _tables(model: Model, layout: Layout, found: ShellFunctions, patterns: Sequence[str]) -> str:
    strictness = _strictness(model, found.by_name["hk_rhs"])
    residual, matrix = found.by_name["hk_residual"], found.matrix()
    values: list[list[str]] = [
        [repr(float(v.start)) for v in model.states],
        [repr(float(v.start)) for v in model.inputs],
        [repr(float(v.start)) for v in model.parameters],
        [str(int(v.start)) for v in model.modes],
        [repr(float(v.start)) for v in model.algebraics],
        [repr(float(start)) for start in model.held_starts()],
        [repr(float(v.nominal)) for v in model.states],
        [repr(share) for share in strictness],
        [repr(float(v.nominal)) for v in model.algebraics],
        [repr(-LARGEST if v.min is None else float(v.min)) for v in model.parameters],
        [repr(LARGEST if v.max is None else float(v.max)) for v in model.parameters],
        [str(int(v.tunable)) for v in model.parameters],
        _flags(residual, _INPUTS),
        _flags(residual, _PARAMETERS),
        [str(plug.cells) for plug in model.plugs],
        [str(i) for i in found.lags],
        *[_flags(matrix, kind) for kind in (_STATES, _INPUTS, _ALGEBRAICS)],
        [str(k) for k in found.links.colind()],
        [str(k) for k in found.links.row()],
        [str(k) for k in found.jacobian.colind()],
        [str(k) for k in found.jacobian.row()],
        [f'"{s.name}"' for s in layout.scalars],
    ]
    lines = ["/* Start values, ranges and names, by kind and index. */", '#include "model.h"', ""]
    for declaration, items in zip(_TABLES, values, strict=True):
        lines.append(f"const {declaration} = {{{', '.join(items) or '0'}}};")
    return "\n".join([*lines, *patterns, ""])
