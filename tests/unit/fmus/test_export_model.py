"""What the exporter refuses, and the pieces it is made of."""

import struct

import casadi as ca
import numpy as np
import pytest
from export_models import driven, thermostat

from fmus.equations import Model
from fmus.export.codegen import generate
from fmus.export.fat import fat_binary
from fmus.export.layout import Kind, layout_of
from fmus.export.sparse_lu import SparseLU
from fmus.export.units import parse_unit, rate_name
from twin.errors import BadInput
from twin.signals import _UNITS


def _small(unit="K", start=300.0, **ranges):
    model = Model("Small", "one volume")
    u = model.input("u", start, unit, "input", **ranges)
    x = model.state("x", 300.0, "K", "state")
    model.der(x, u - x)
    return model, u, x


# ---- refusals ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "function", [ca.sin, ca.atan, ca.log1p, ca.cosh, ca.erf], ids=lambda f: f.__name__
)
def test_a_function_whose_bits_differ_by_machine_is_named(function):
    model, u, _ = _small()
    model.output("y", function(u / 1e3), "-", "not portable")
    with pytest.raises(BadInput, match=r"Small: the equations use \w+\(\), whose last digits"):
        generate(model)


def test_portable_functions_pass():
    model, u, x = _small()
    y = ca.exp(-u) + ca.log(x) + ca.tanh(u) + ca.sqrt(x) + ca.fabs(u) + ca.floor(u) + u**0.8
    y += ca.fmin(u, x) + ca.fmax(u, x) + ca.sign(u) + ca.if_else(u > x, u, x) + x**3 + ca.ceil(u)
    model.output("y", y, "-", "all of them")
    assert "hk_jacobian" in generate(model).files["model_equations.c"]


def test_a_state_without_equation_is_named():
    model, _, _ = _small()
    model.state("forgotten", 0.0, "K", "no equation")
    with pytest.raises(BadInput, match="no equation for der of forgotten"):
        generate(model)


def test_a_symbol_of_another_model_is_named():
    model, u, _ = _small()
    model.output("y", u * ca.SX.sym("stranger"), "-", "uses what nobody declared")
    with pytest.raises(BadInput, match="use stranger, which it does not declare"):
        generate(model)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"unit": "furlong"}, r"Small\.u: unit 'furlong': unknown symbol"),
        ({"unit": "kg/(s.Pa0.5)"}, "whole numbers"),
        ({"unit": "W/m/K"}, "one division"),
        ({"start": 9.0, "max": 5.0}, r"Small\.u start = 9\.0: must lie in None \.\.\. 5\.0"),
    ],
)
def test_declarations_that_make_no_sense(change, words):
    model, _, _ = _small(**change)
    with pytest.raises(BadInput, match=words):
        layout_of(model)


def test_names_are_those_that_fmi_allows_and_unique():
    model, u, _ = _small()
    model.output("u", 2 * u, "K", "an input's name")
    with pytest.raises(BadInput, match=r"Small\.u: declared twice, as input and as output"):
        layout_of(model)
    other, u, _ = _small()
    other.output("T supply", u, "K", "a blank")
    with pytest.raises(BadInput, match="T supply"):
        layout_of(other)


def test_an_output_that_is_a_state_is_the_same_variable():
    layout = layout_of(thermostat())
    meter = next(s for s in layout.scalars if s.name == "E_heater")
    assert (meter.kind, meter.is_output) == (Kind.STATE, True)
    assert [s.name for s in layout.of(Kind.OUTPUT)] == ["E_stored", "P"]


def test_a_model_without_states_or_events_can_be_exported():
    model = Model("Static", "a gain")
    u = model.input("u", 1.0, "K", "input")
    model.output("y", 2 * u, "K", "output")
    assert "#define HK_NX 0" in generate(model).files["model.h"]


# ---- dependencies ------------------------------------------------------------------------------


def _names(code, references):
    return {code.layout.scalars[r].name for r in references}


def test_dependencies_are_those_of_the_equations():
    code = generate(driven())
    found = code.dependencies
    outputs = [s.name for s in code.layout.of(Kind.OUTPUT)]
    by_output = {n: _names(code, d) for n, d in zip(outputs, found.outputs, strict=True)}
    assert by_output == {
        "T_out": {"T[3]"},
        "Q": {"T[3]", "T_wall", "m"},
        "level": {"time", "T[1]"},
    }
    assert _names(code, found.derivatives[0]) == {"time", "T[1]", "T_in", "m"}
    assert _names(code, found.initial_outputs[1]) == {"T[3]", "T_wall", "m", "UA"}
    assert _names(code, found.initial_derivatives[1]) == {"T[1]", "T[2]", "m", "C"}


def test_initially_a_mode_brings_what_it_is_found_from():
    code = generate(thermostat())
    power = [s.name for s in code.layout.of(Kind.OUTPUT)].index("P")
    assert _names(code, code.dependencies.outputs[power]) == set()
    initially = _names(code, code.dependencies.initial_outputs[power])
    assert initially == {"P_heater", "T[1]", "t_off", "u_run"}


# ---- pieces ------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(5))
def test_sparse_lu_solves_like_numpy(seed):
    generator = np.random.default_rng(seed)
    n = 25
    A = np.where(generator.random((n, n)) < 0.12, generator.normal(size=(n, n)), 0.0)
    A += np.diag(6.0 + generator.random(n))
    b = generator.normal(size=n)
    sparse = ca.sparsify(ca.DM(A))
    symbols = ca.SX.sym("a", sparse.sparsity())
    rhs = ca.SX.sym("b", n)
    solve = ca.Function("solve", [symbols, rhs], [SparseLU(symbols).solve(rhs)])
    np.testing.assert_allclose(
        np.array(solve(sparse, b)).ravel(), np.linalg.solve(A, b), rtol=1e-12, atol=1e-14
    )


def test_sparse_lu_of_a_chain_fills_nothing():
    """A tridiagonal matrix, its ends first: the work grows with n, not with n squared."""

    def operations(n):
        pattern = ca.Sparsity.banded(n, 1)
        symbols, rhs = ca.SX.sym("a", pattern), ca.SX.sym("b", n)
        return ca.Function("f", [symbols, rhs], [SparseLU(symbols).solve(rhs)]).n_nodes()

    assert operations(100) < 2.1 * operations(50)


def test_every_unit_of_the_signals_has_its_base_units():
    for unit, (_, factor, offset) in _UNITS.items():
        meaning = parse_unit(unit)
        assert (meaning.factor, meaning.offset) == (factor, offset), unit
    assert parse_unit("W/(m2.K)").powers == {"kg": 1, "s": -3, "K": -1}
    assert parse_unit("J/(kg.K)").powers == {"m": 2, "s": -2, "K": -1}
    assert parse_unit("1/K").powers == {"K": -1}


@pytest.mark.parametrize("unit", ["K", "J", "-", "s", "kg/s", "W/(m2.K)", "m3", "Pa"])
def test_unit_of_a_rate_is_the_unit_by_a_second(unit):
    rate, base = parse_unit(rate_name(unit)), parse_unit(unit)
    seconds = rate.powers.get("s", 0) - base.powers.get("s", 0)
    others = [{k: n for k, n in u.powers.items() if k != "s"} for u in (rate, base)]
    assert (seconds, others[0]) == (-1, others[1])


def test_universal_binary_holds_its_parts_at_page_boundaries():
    parts = [struct.pack("<III", 0xFEEDFACF, cpu, 3) + bytes(100 + cpu % 7) for cpu in (7, 12)]
    whole = fat_binary(parts)
    magic, count = struct.unpack_from(">II", whole)
    assert (magic, count) == (0xCAFEBABE, 2)
    for i, part in enumerate(parts):
        cpu, _, place, size, align = struct.unpack_from(">IIIII", whole, 8 + 20 * i)
        assert whole[place : place + size] == part
        assert (cpu, place % 2**align) == ((7, 12)[i], 0)
