"""What has a `close` is also ended by `with`."""

from types import TracebackType
from typing import Self


class Closing:
    """Base of what holds something until `close`."""

    def close(self) -> None:
        """Let go of it; twice is fine."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self.close()
