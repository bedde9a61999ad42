"""The process in which the warmed-up plant of a run stands, shut in; the run's own has no FMU."""

import os
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hil.bench.inside import use_scratch
from hil.bench.shut_in import shut_in
from hil.commissioning.reach import Reach
from hil.commissioning.rig import Rig, RigOptions
from hil.crew.apart import GRACE_S, Copy, Tell
from hil.gate.audit import user_name
from twin.closing import Closing


class Host(Closing):
    """A warmed-up rig; what is tried is tried in copies of its process. Close it."""

    def __init__(
        self,
        options: RigOptions,
        reach: Reach,
        answer: Callable[[Rig, Any], Any],
        *,
        unconfined: str | None = None,
        write: Iterable[Path] = (),
    ) -> None:
        """Warm up.

        Args:
            options: how the rig runs.
            reach: how its controllers are reached in the copies that `answer` makes.
            answer: what comes of a question, as JSON types.
            unconfined: why it is not to be shut in.
            write: folders in which copies write.

        Raises:
            BadInput: the site or its FMUs do not allow it.
            PlantLost: an FMU has crashed.
        """
        self._scratch = TemporaryDirectory(prefix="hukka-")
        stack, rigs, site = ExitStack(), list[Rig](), reach.site

        def answered(question: Any, _tell: Tell) -> Any:  # noqa: ANN401 - JSON
            if rigs:
                return answer(rigs[0], question)
            use_scratch(self._scratch.name)
            os.environ["LOGNAME"] = (
                user_name()
            )  # the gate says who writes, from a file that is shut
            read = [options.data, *reach.files]
            said = shut_in(site, unconfined, read, write, reach.left, reach.devices)
            rigs.append(Rig(site, options, stack, reach.play))
            rigs[0].warm_up()
            return said

        # a copy of it, which it waits for, may take as long itself
        self._copy = Copy(answered, end=stack.close, grace_s=2 * GRACE_S)
        try:
            self.confined: str = self._copy.ask()
            """What came of shutting it in."""
        except BaseException:
            self.close()
            raise

    def ask(self, question: Any) -> Any:  # noqa: ANN401 - JSON
        """What comes of it, as JSON types.

        Raises:
            HukkaError: as `answer` raises it; PlantLost where the process is gone.
        """
        return self._copy.ask(question)

    def close(self) -> None:
        """End it."""
        self._copy.close()
        self._scratch.cleanup()
