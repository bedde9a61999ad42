"""Tables of det_math.h, calculated with 50 decimal digits."""

from decimal import Decimal, localcontext

EXP_ENTRIES = 128
LOG_ENTRIES = 128
_BELOW_ONE = 77
"""Entries of the logarithm's table for arguments below 1: they start at 1 - 77/256."""


def det_tables() -> str:
    """C header with the constants and tables that det_math.h reduces arguments by."""
    with localcontext() as context:
        context.prec = 50
        ln2 = Decimal(2).ln()
        ln2_by_128 = ln2 / EXP_ENTRIES
        constants = {
            "HK_128_BY_LN2": float(EXP_ENTRIES / ln2),
            "HK_LN2_BY_128_HI": _on_grid(ln2_by_128),
            "HK_LN2_BY_128_LO": float(ln2_by_128 - Decimal(_on_grid(ln2_by_128))),
            "HK_LN2_HI": _on_grid(ln2),
            "HK_LN2_LO": float(ln2 - Decimal(_on_grid(ln2))),
        }
        exp_rows = [_exp_row(j) for j in range(EXP_ENTRIES)]
        log_rows = [_log_row(i) for i in range(LOG_ENTRIES)]
    lines = ["/* Calculated by fmus/export/math_tables.py */"]
    lines += [f"#define {name} {value.hex()}" for name, value in constants.items()]
    lines += ["", "/* 2^(j/128) rounded, and what rounding lost relative to it */"]
    lines += _table("hk_exp_table", exp_rows)
    lines += ["", "/* 1/centre in 9 bits, and the log of centre in two parts */"]
    lines += _table("hk_log_table", log_rows)
    return "\n".join(lines) + "\n"


def _on_grid(value: Decimal) -> float:
    """`value` rounded to a multiple of 2^-42, so that small integers times it are exact."""
    scale = 1 << 42
    return float((value * scale).to_integral_value() / scale)


def _exp_row(j: int) -> list[float]:
    exact = (Decimal(2).ln() * j / EXP_ENTRIES).exp()
    return [float(exact), float((exact - Decimal(float(exact))) / Decimal(float(exact)))]


def _log_row(i: int) -> list[float]:
    """Reciprocal in 9 fraction bits of the middle of interval `i`; exactly 1 on both sides of 1."""
    step = i - _BELOW_ONE
    if step in (-1, 0):
        return [1.0, 0.0, 0.0]
    middle = 1 + (Decimal(step) + Decimal("0.5")) / (256 if step < 0 else 128)
    reciprocal = (512 / middle).to_integral_value() / 512
    exact = -reciprocal.ln()
    return [float(reciprocal), _on_grid(exact), float(exact - Decimal(_on_grid(exact)))]


def _table(name: str, rows: list[list[float]]) -> list[str]:
    body = [f"    {{{', '.join(value.hex() for value in row)}}}," for row in rows]
    return [f"static const double {name}[{len(rows)}][{len(rows[0])}] = {{", *body, "};"]
