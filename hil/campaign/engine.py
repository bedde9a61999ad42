"""Who computes: child processes of this machine, or a Dask cluster. No scheduler of our own."""

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import active_children, get_context
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

from hil.campaign.child import Shut, heard, main
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
    """Every call in a new process: one that crashes takes nobody along, none leaks.

    What a call gives must be JSON types: a process that hosts FMUs is believed nothing but data.
    """

    def __init__(self, jobs: int, shut: Shut | None, say: Callable[[str], None]) -> None:
        """At most `jobs` processes at once [-], each `shut` in; `say` hears what came of it."""
        self._threads = ThreadPoolExecutor(jobs)
        self._shut, self._say = shut, say
        self._saying = Lock()
        self._said = False

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:  # noqa: ANN401
        """The call's future; PlantLost in it where the process died."""
        return self._threads.submit(self._in_child, fn, args, kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End now; what still runs is lost if `cancel_futures`."""
        if cancel_futures:
            for child in active_children():
                child.kill()
        self._threads.shutdown(wait, cancel_futures=cancel_futures)

    def _in_child(
        self, fn: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:  # noqa: ANN401
        context = get_context("spawn")
        ours, theirs = context.Pipe(duplex=False)
        with TemporaryDirectory(prefix="hukka-", ignore_cleanup_errors=True) as scratch, ours:
            given = (theirs, self._shut, scratch, fn, args, kwargs)
            child = context.Process(target=main, args=given, daemon=True)
            child.start()
            theirs.close()
            try:
                word = json.loads(ours.recv_bytes())
            except EOFError:
                raise PlantLost("the process of this run died") from None
            finally:
                child.join()
        self._tell(word["said"])
        return heard(word)

    def _tell(self, said: str) -> None:
        with self._saying:
            if said and not self._said:
                self._said = True
                self._say(f"FMUs: {said}")


@contextmanager
def local(
    jobs: int, shut: Shut | None = None, say: Callable[[str], None] = lambda text: None
) -> Iterator[Executor]:
    """Child processes, at most `jobs` at once [-], each `shut` in."""
    before = {name: os.environ.get(name) for name in ONE_THREAD}
    os.environ.update(dict.fromkeys(ONE_THREAD, "1"))
    executor = OneProcessEach(jobs, shut, say)
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

    They are not shut in: a worker is somebody else's process, and lives on after a run.

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
