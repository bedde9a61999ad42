"""algebra.c with a model's equations, through ctypes: solves at one point and counts."""

import ctypes

import numpy as np
from numpy.typing import NDArray

from fmus.equations import Model
from fmus.export.codegen import generate
from fmus.export.compile import native_platform, shared_library
from fmus.export.package import sources

_COUNTED = """
#include "core.h"
#include <stdlib.h>
#include <string.h>
static int residuals, factorisations;
static int counted_residual(const double *arg[], double *res[], long long *iw, double *w, int mem) {
    residuals++;
    return hk_residual(arg, res, iw, w, mem);
}
static int counted_factorise(const hk_Pattern *of, const double m[], double f[], double row[]) {
    factorisations++;
    return hk_factorise(of, m, f, row);
}
#define hk_residual counted_residual
#define hk_factorise counted_factorise
"""
_WRAP = """
__attribute__((visibility("default")))
int newton(const double u[], double a[], int counts[2]) {
    static hk_Core *core;
    double md[HK_AT_LEAST_1(HK_NM)];
    const double *arg[HK_POINT];
    if (core == NULL) core = hk_new("newton", 1);
    memcpy(core->now.u, u, HK_NU * sizeof *u);
    hk_arguments(&core->now, md, arg);
    arg[HK_A] = a;
    residuals = factorisations = 0;
    int failed = hk_solve_for(core, arg, a);
    counts[0] = factorisations;
    counts[1] = residuals - factorisations;
    return failed;
}
"""
_Doubles = np.ctypeslib.ndpointer(dtype=np.float64, flags="C")


class Newton:
    """The shell's search for the algebraic unknowns of `model`, without time."""

    def __init__(self, model: Model) -> None:
        files = sources(generate(model))
        files["algebra.c"] = _COUNTED + files["algebra.c"] + _WRAP
        library = ctypes.CDLL(str(shared_library(files, native_platform())))
        self._call = library.newton
        self._call.argtypes = [_Doubles, _Doubles, ctypes.POINTER(ctypes.c_int * 2)]
        self.start = np.array([v.start for v in model.algebraics])

    def solve(
        self, u: NDArray[np.float64], a: NDArray[np.float64]
    ) -> tuple[bool, NDArray[np.float64], int, int]:
        """Whether it was found from `a` at inputs `u`; it; iterations; halvings of a step."""
        counts, found = (ctypes.c_int * 2)(), a.copy()
        failed = self._call(u, found, ctypes.byref(counts))
        return not failed, found, counts[0], counts[1]
