"""Who computes: child processes of this machine, or a Dask cluster. No scheduler of our own."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from typing import Any

from hil.campaign.child import watch_parent
from twin.errors import BadInput, PlantLost

ONE_THREAD = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
"""Environment of a child: a process has one core."""


class OneProcessEach(Executor):
    """Every call in a new process: one that crashes takes nobody along, none leaks."""

    def __init__(self, jobs: int) -> None:
        """At most `jobs` processes at once [-]."""
        self._threads = ThreadPoolExecutor(jobs)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401
        """The call's future; PlantLost in it where the process died."""
        return self._threads.submit(_in_child, fn, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End now; what still runs is lost if `cancel_futures`."""
        if cancel_futures:
            for child in active_children():
                child.kill()
        self._threads.shutdown(wait, cancel_futures=cancel_futures)


def _in_child(fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:  # noqa: ANN401
    with ProcessPoolExecutor(1, get_context("spawn"), watch_parent) as child:
        try:
            return child.submit(fn, *args, **kwargs).result()
        except BrokenProcessPool:
            raise PlantLost("the process of this run died") from None


@contextmanager
def local(jobs: int) -> Iterator[Executor]:
    """Child processes, at most `jobs` at once [-]."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    executor = OneProcessEach(jobs)
    try:
        yield executor
    finally:
        executor.shutdown(cancel_futures=True)  # of a campaign at its end nothing runs any more
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def cluster(address: str) -> Iterator[Executor]:
    """The workers of a Dask scheduler; each needs hukka and the site under the same paths.

    Raises:
        BadInput: Dask is not installed, or nobody answers at `address`.
    """
    try:
        from distributed import Client
    except ImportError:
        rule = "needs Dask: install hukka with the extra 'dask'"
        raise BadInput(f"--scheduler {address}: {rule}") from None
    try:
        client = Client(address, timeout=10)
    except (OSError, ValueError, TimeoutError) as error:
        text = str(error).splitlines()[0] if str(error) else "nobody answers"
        raise BadInput(f"--scheduler {address}: {text}") from None
    with client, client.get_executor(pure=False) as executor:
        yield executor
