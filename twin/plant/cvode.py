"""Integration of a Model Exchange FMU with CVODE (BDF), which fmpy brings compiled."""

import ctypes
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.errors import PlantLost
from twin.plant.failure import Discarded
from twin.plant.fixed_step import Model

_ONE_STEP, _ROOT = 2, 2  # CVODE's itask for one step, its answer for a root
_AGAIN, _GIVE_UP = 1, -1  # answers of a right-hand side: try a shorter step, stop


@cache
def has_cvode() -> bool:
    """Whether fmpy brings CVODE for this platform."""
    try:
        import fmpy.sundials  # noqa: F401 - loads the libraries
    except (OSError, AttributeError):
        return False
    return True


class Cvode:
    """CVODE that stops at every event and starts anew at every communication point.

    So it remembers nothing between two of them, and a restored state goes on to the same bits.
    """

    def __init__(self, model: Model, tolerance: float) -> None:
        """`tolerance` is relative [-]; the absolute one is it times the nominal of a state."""
        import fmpy.sundials as sundials
        from fmpy.sundials.libraries import sundials_cvode

        self._sundials, self._model = sundials, model
        self._set_stop_time = sundials_cvode.CVodeSetStopTime
        self._set_stop_time.argtypes = [ctypes.c_void_p, ctypes.c_double]
        self._n = model.states().size
        self._tolerance = tolerance
        self._nz = model.indicators().size
        self._error: PlantLost | None = None  # a call of the FMU failed
        self._left: PlantLost | None = None  # derivatives left the numbers, perhaps in a trial
        self._solver: Any = None

    def restart(self, t_s: float) -> None:
        """Begin anew at `t_s` [s] with the model's states, after an event or a new input."""
        if self._solver is None:
            self._solver = self._make(t_s)
        else:
            self._solver.reset(t_s)

    def go(self, t_s: float, stop_s: float) -> bool:
        """One step of CVODE's own choice from `t_s` [s], `stop_s` [s] at the most.

        True when it ended at an event; the model is left where the step ended.
        """
        solver, reached = self._solver, ctypes.c_double(t_s)
        self._set_stop_time(solver.cvode_mem, stop_s)
        flag = self._sundials.CVode(
            solver.cvode_mem, stop_s, solver.x, ctypes.byref(reached), _ONE_STEP
        )
        if self._error is not None:
            raise self._error
        if flag < 0:
            if self._left is not None:
                raise self._left
            said = solver.error_info[3] if solver.error_info else f"error {flag}"
            raise PlantLost(f"{self._model.name}: CVODE gave up at {reached.value:.9g} s: {said}")
        self._left = None
        self._model.move(reached.value, self._array(solver.px))
        return bool(flag == _ROOT)

    def _make(self, t_s: float) -> Any:  # noqa: ANN401 - fmpy has no types
        model, guard = self._model, self._guard

        class Solver(self._sundials.CVodeSolver):  # type: ignore[name-defined, misc]
            """fmpy's, with callbacks whose failures come back to `go`."""

            def f(self, t: float, y: Any, ydot: Any, _data: Any) -> int:  # noqa: ANN401
                array(ydot)[:] = 0.0  # an FMU without states has a dummy one here
                return guard(lambda: slopes(t, array(y)[:n], array(ydot)[:n]))

            def g(self, t: float, y: Any, gout: Any, _data: Any) -> int:  # noqa: ANN401
                return guard(lambda: _roots(model, t, array(y)[:n], gout))

        n, data, slopes = self._n, self._sundials.NV_DATA_S, self._slopes

        def array(vector: Any) -> NDArray[np.float64]:  # noqa: ANN401 - an N_Vector
            return np.ctypeslib.as_array(data(vector), (max(n, 1),))

        def states(pointer: Any, _n: int) -> None:  # noqa: ANN401 - pointer to double
            self._array(pointer)[:] = model.states()

        def nominals(pointer: Any, _n: int) -> None:  # noqa: ANN401 - pointer to double
            sizes = np.fabs(model.nominals())
            self._array(pointer)[:] = np.where(sizes > 0.0, sizes, 1.0)

        return Solver(
            nx=n,
            nz=self._nz,
            get_x=states,
            set_x=None,
            get_dx=None,
            get_z=None,
            get_nominals=nominals,
            set_time=None,
            input=None,
            startTime=t_s,
            relativeTolerance=self._tolerance,
        )

    def _array(self, pointer: Any) -> NDArray[np.float64]:  # noqa: ANN401 - pointer to double
        return np.ctypeslib.as_array(pointer, (max(self._n, 1),))[: self._n]

    def _slopes(self, t: float, x: NDArray[np.float64], dx: NDArray[np.float64]) -> bool:
        """Fill `dx`; False where a derivative is not finite."""
        self._model.move(t, x)
        dx[:] = self._model.derivatives()
        if np.isfinite(dx).all():
            return True
        self._left = self._model.not_finite(dx)
        return False

    def _guard(self, call: Any) -> int:  # noqa: ANN401 - a function without arguments
        """What CVODE is answered; an exception cannot pass through its C code."""
        try:
            return 0 if call() else _AGAIN
        except Discarded:
            self._model.pardon()
            return _AGAIN
        except PlantLost as error:
            self._error = error
            return _GIVE_UP


def _roots(model: Model, t: float, x: NDArray[np.float64], out: Any) -> bool:  # noqa: ANN401
    model.move(t, x)
    for i, value in enumerate(model.indicators().tolist()):
        out[i] = value
    return True
