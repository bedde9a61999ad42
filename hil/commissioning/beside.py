"""Threads beside the plant, whose failure is heard where the plant is."""

import threading
import traceback
from collections.abc import Callable

from twin.errors import PlantLost


class Beside:
    """A thread `name` that does `work` until that ends.

    A thread that fails by itself is only silent, and its silence would be blamed on a controller.
    """

    def __init__(self, name: str, work: Callable[[], None]) -> None:
        self._name, self._work, self._failure = name, work, ""
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)
        self._thread.start()

    def check(self) -> None:
        """Raise PlantLost if it has failed."""
        if self._failure:
            raise PlantLost(self._failure)

    def join(self) -> None:
        """Wait for its end."""
        self._thread.join()

    def _run(self) -> None:
        try:
            self._work()
        except Exception as error:  # of ours, and no controller's fault
            traceback.print_exc()
            self._failure = f"what {self._name} has failed: {type(error).__name__}: {error}"
