"""det_math.h against Python's decimal, which shares nothing with it."""

import ctypes
import math
from decimal import Decimal, localcontext
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fmus.export.compile import native_platform, shared_library
from fmus.export.math_tables import det_tables
from fmus.export.package import SHELL

FUNCTIONS = ("exp", "log", "tanh", "floor", "ceil", "sqrt", "fabs")
RELATIVE = Decimal("1e-15")


@cache
def _library():
    lines = ['#include "det_math.h"']
    lines += [f"double t_{name}(double x) {{ return {name}(x); }}" for name in FUNCTIONS]
    lines += [
        f"double t_{name}(double x, double y) {{ return {name}(x, y); }}"
        for name in ("pow", "fmin", "fmax")
    ]
    source = "\n".join(lines).replace(
        "double t_", '__attribute__((visibility("default"))) double t_'
    )
    files = {
        "det_math.h": (SHELL / "det_math.h").read_text(),
        "det_tables.h": det_tables(),
        "wrap.c": source,
    }
    library = ctypes.CDLL(str(shared_library(files, native_platform())))
    for name in (*FUNCTIONS, "pow", "fmin", "fmax"):
        function = getattr(library, f"t_{name}")
        function.restype = ctypes.c_double
        function.argtypes = [ctypes.c_double] * (2 if name in ("pow", "fmin", "fmax") else 1)
    return library


def _call(name, *arguments):
    return getattr(_library(), f"t_{name}")(*arguments)


def _close(value, exact, units=None):
    if units is None:
        return abs(Decimal(value) - exact) <= RELATIVE * abs(exact)
    return abs(Decimal(value) - exact) <= Decimal(units) * Decimal(math.ulp(value))


many = settings(max_examples=400, deadline=None, derandomize=True)


@many
@given(st.floats(-700, 700) | st.floats(-1e-3, 1e-3))
def test_exp(x):
    with localcontext(prec=60):
        assert _close(_call("exp", x), Decimal(x).exp(), 0.51)


@many
@given(st.floats(5e-324, 1.7e308) | st.floats(0.9, 1.1))
def test_log(x):
    with localcontext(prec=60):
        assert _close(_call("log", x), Decimal(x).ln(), 0.51)


@many
@given(st.floats(1e-300, 1e300) | st.floats(0.99, 1.01), st.floats(-600, 600))
def test_pow(x, exponent_size):
    y = exponent_size / max(abs(math.log(x)), 1e-12)
    with localcontext(prec=60):
        exact = (Decimal(y) * Decimal(x).ln()).exp()
        assert _close(_call("pow", x, y), exact, 0.52)


@many
@given(st.floats(-25, 25) | st.floats(-1e-6, 1e-6))
def test_tanh(x):
    with localcontext(prec=400):
        twice = (2 * Decimal(x)).exp()
        assert _close(_call("tanh", x), (twice - 1) / (twice + 1))


@many
@given(st.floats(-1e18, 1e18))
def test_rounding_is_exact(x):
    assert _call("floor", x) == math.floor(x)
    assert _call("ceil", x) == math.ceil(x)


@many
@given(st.floats(1e-7, 100).flatmap(lambda x: st.sampled_from([x, -x])), st.integers(-40, 40))
def test_whole_powers_of_negative_bases_have_the_right_sign(x, n):
    with localcontext(prec=60):
        assert _close(_call("pow", x, float(n)), Decimal(x) ** n, 0.52)


@pytest.mark.parametrize(
    ("name", "arguments", "expected"),
    [
        ("exp", (0.0,), 1.0),
        ("exp", (710.0,), math.inf),
        ("exp", (-746.0,), 0.0),
        ("exp", (-745.0,), 5e-324),
        ("exp", (math.inf,), math.inf),
        ("exp", (-math.inf,), 0.0),
        ("log", (1.0,), 0.0),
        ("log", (0.0,), -math.inf),
        ("log", (math.inf,), math.inf),
        ("pow", (0.0, 0.8), 0.0),
        ("pow", (0.0, -1.0), math.inf),
        ("pow", (0.0, 0.0), 1.0),
        ("pow", (1.0, math.nan), 1.0),
        ("pow", (-8.0, 3.0), -512.0),
        ("pow", (-8.0, 2.0), 64.0),
        ("pow", (-1.0, math.inf), 1.0),
        ("pow", (0.5, math.inf), 0.0),
        ("pow", (math.inf, -1.0), 0.0),
        ("pow", (2.0, 1e300), math.inf),
        ("pow", (2.0, 10.0), 1024.0),
        ("tanh", (0.0,), 0.0),
        ("tanh", (1e9,), 1.0),
        ("tanh", (-math.inf,), -1.0),
        ("fmin", (1.0, 2.0), 1.0),
        ("fmax", (1.0, 2.0), 2.0),
    ],
)
def test_special_values(name, arguments, expected):
    assert _call(name, *arguments) == expected


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("exp", (math.nan,)),
        ("log", (math.nan,)),
        ("log", (-1.0,)),
        ("pow", (-2.0, 0.5)),
        ("pow", (math.nan, 2.0)),
        ("tanh", (math.nan,)),
        ("fmin", (math.nan, 1.0)),
        ("fmin", (1.0, math.nan)),
        ("fmax", (math.nan, 1.0)),
        ("fmax", (1.0, math.nan)),
    ],
)
def test_what_is_no_number_stays_none(name, arguments):
    assert math.isnan(_call(name, *arguments))


def test_any_other_function_of_the_c_library_does_not_compile():
    from twin.errors import HukkaError

    files = {
        "det_math.h": (SHELL / "det_math.h").read_text(),
        "det_tables.h": det_tables(),
        "wrap.c": '#include "det_math.h"\ndouble f(double x) { return sin(x); }\n',
    }
    with pytest.raises(HukkaError, match="sin"):
        shared_library(files, native_platform())
