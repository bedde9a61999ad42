"""plug.c alone, through ctypes: one pipe as tests want to hold it."""

import ctypes
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from fmus.export.compile import native_platform, shared_library
from fmus.export.math_tables import det_tables
from fmus.export.package import SHELL

CP = 4186.0
KNOTS_K = (283.15, 333.15, 383.15)

_WRAP = """
#include "plug.h"
#define SHOWN __attribute__((visibility("default")))
SHOWN int inputs(void) { return HK_PLUG_INPUTS; }
SHOWN int outputs(void) { return HK_PLUG_OUTPUTS; }
SHOWN int state_size(int cells) { return HK_PLUG_STATE(cells); }
SHOWN int work_size(int cells) { return HK_PLUG_WORK(cells); }
SHOWN void start(int cells, double *state, const double *in, double *out) {
    hk_plug_start(cells, state, (const hk_PlugInputs *)in, (hk_PlugOutputs *)out);
}
SHOWN void advance(int cells, double *state, double *work, const double *in, double h,
                   double *out, int times) {
    for (int k = 0; k < times; k++) {
        hk_plug_advance(cells, state, work, (const hk_PlugInputs *)in, h, (hk_PlugOutputs *)out);
    }
}
"""


def files() -> dict[str, str]:
    """C sources by name."""
    shell = {
        name: (SHELL / name).read_text() for name in ("det_math.h", "plug.h", "plug.c", "sums.h")
    }
    return {**shell, "det_tables.h": det_tables(), "wrap.c": _WRAP}


@cache
def library() -> ctypes.CDLL:
    return ctypes.CDLL(str(shared_library(files(), native_platform())))


@dataclass
class Plug:
    """A pipe of 60 m, 20 mm inside, copper, with values that a test may change at any time."""

    cells: int = 100
    flow: float = 0.5
    T_a: float = 330.0
    T_b: float = 330.0
    T_ambient: float = 290.0
    start_a: float = 330.0
    start_b: float = 330.0
    start_ambient: float = 290.0
    volume: float = 0.0188
    rho: float = 985.0
    rho_a: float = 985.0
    rho_b: float = 985.0
    cp: float = CP
    wall: float = 13600.0
    film: tuple[float, float, float] = (20e3, 30e3, 40e3)
    shell: tuple[float, float, float] = (1500.0, 2000.0, 2500.0)
    path: tuple[float, float, float, float] = (150.0, 60.0, 80.0, 40.0)
    dispersion: float = 0.0
    E_a: float = 0.0
    E_loss: float = 0.0
    E_expelled: float = 0.0
    out: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.lib = library()
        assert self.lib.inputs() == self._inputs().size
        self.state = np.zeros(self.lib.state_size(self.cells))
        self._work = np.zeros(self.lib.work_size(self.cells))
        self._out = np.zeros(self.lib.outputs())
        self.lib.start(self.cells, _at(self.state), _at(self._inputs()), _at(self._out))
        self._read()

    def step(self, h: float, **change: Any) -> "Plug":
        for name, value in change.items():
            setattr(self, name, value)
        inputs = self._inputs()
        h_c = ctypes.c_double(h)
        places = (_at(self.state), _at(self._work), _at(inputs), h_c, _at(self._out), 1)
        self.lib.advance(self.cells, *places)
        self._read()
        self.E_a += CP * self.flow * h * (self.out["T_a"] - self.out["T_b"])
        self.E_loss += h * self.out["loss"]
        self.E_expelled += h * self.out["expelled"]
        return self

    def run(self, seconds: float, h: float, **change: Any) -> "Plug":
        for _ in range(round(seconds / h)):
            self.step(h, **change)
        return self

    def imbalance(self) -> float:
        """What the books miss [J]."""
        return self.E_a - self.E_loss - self.E_expelled - self.out["stored"]

    def _inputs(self) -> np.ndarray:
        v = self
        scalars = [v.flow, v.T_a, v.T_b, v.T_ambient, v.start_a, v.start_b]
        scalars += [v.start_ambient, v.volume, v.rho, v.rho_a, v.rho_b, v.cp, v.wall]
        return np.array([*scalars, *v.film, *v.shell, *v.path, v.dispersion])

    def _read(self) -> None:
        names = ("T_a", "T_b", "face_a", "face_b", "wall_a", "wall_b", "loss", "expelled", "stored")
        self.out = dict(zip(names, self._out.tolist(), strict=True))


def _at(values: np.ndarray) -> Any:
    return values.ctypes.data_as(ctypes.POINTER(ctypes.c_double))
