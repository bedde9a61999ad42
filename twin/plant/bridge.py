"""C functions in front of an instance that the compiled exchange cannot call by itself.

Model Exchange and other types than 64-bit numbers go through Python; what the exchange sees has
the shape of an FMI 2.0 Co-Simulation instance, so one network can hold both.
"""

import ctypes
from collections.abc import Callable
from typing import TYPE_CHECKING

from twin.plant.instance import Calls, Instance

if TYPE_CHECKING:
    Values = ctypes._Pointer[ctypes.c_double]

_OK, _ERROR = 0, 3
_ACCESS = ctypes.CFUNCTYPE(
    ctypes.c_int,
    ctypes.c_void_p,
    ctypes.c_void_p,
    ctypes.c_size_t,
    ctypes.POINTER(ctypes.c_double),
)
_DO_STEP = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.c_void_p, ctypes.c_double, ctypes.c_double, ctypes.c_int
)


class Bridge:
    """Keep it as long as its `calls` are used."""

    def __init__(self, instance: Instance) -> None:
        """All inputs and outputs that `Instance.plan` named are set and read at once."""
        self._instance = instance
        self.error: BaseException | None = None
        """Why a call failed."""
        self._set, self._get = _ACCESS(self._feed), _ACCESS(self._read)
        self._step = _DO_STEP(self._do_step)

    @property
    def calls(self) -> Calls:
        """Addresses for the compiled exchange; the component is not looked at."""
        functions = (self._set, self._get, self._step)
        return Calls(2, 0, *(ctypes.cast(f, ctypes.c_void_p).value or 0 for f in functions))

    def _feed(self, _component: int, _vr: int, count: int, values: "Values") -> int:
        return self._guard(lambda: self._instance.feed(values[:count]))

    def _read(self, _component: int, _vr: int, _count: int, values: "Values") -> int:
        def read() -> None:
            for i, value in enumerate(self._instance.read()):
                values[i] = value

        return self._guard(read)

    def _do_step(self, _component: int, t_s: float, dt_s: float, _no_set: int) -> int:
        return self._guard(lambda: self._instance.step(t_s, dt_s))

    def _guard(self, call: Callable[[], None]) -> int:
        """A status: an exception cannot pass through compiled code."""
        try:
            call()
        except BaseException as error:  # raised again by whoever runs the exchange
            self.error = error
            return _ERROR
        return _OK
