"""What stands in which column of a run: signals, commands, truth and predictions of a site."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from twin.site.model import Site


@dataclass(frozen=True)
class Layout:
    """Names in the order of a row; each is PART.VARIABLE."""

    signals: tuple[str, ...]
    commands: tuple[str, ...]
    truth: tuple[str, ...]
    """Energy meters of the plant, for the balance, then `validity`; never for the twin."""
    watched: tuple[str, ...]
    validity: tuple[str, ...] = ()
    """How many ranges of its validity a part's model has left [-], of parts that say it."""
    reckoned: tuple[str, ...] = ()
    """Powers [W] that nobody measures and the twin predicts beside `watched`, for key figures."""

    @classmethod
    def of(cls, plain: Mapping[str, Sequence[str]]) -> Self:
        """Back from JSON types (`dataclasses.asdict`)."""
        return cls(**{name: tuple(columns) for name, columns in plain.items()})

    @property
    def predicted(self) -> tuple[str, ...]:
        """All that the twin predicts."""
        return (*self.watched, *self.reckoned)

    def signal(self, name: str) -> int:
        """Column of a signal."""
        return self.signals.index(name)

    def command(self, name: str) -> int:
        """Column of a command."""
        return self.commands.index(name)


def layout_of(site: "Site", validity: Sequence[str] = (), reckoned: Sequence[str] = ()) -> Layout:
    """Columns of a run of `site`, in the order of its file; `validity` is what its FMUs have.

    `reckoned` (`twin.site.metered`) is for a plant that is followed: a simulated one has meters.
    """
    watched = tuple(f"{part}.{name}" for part, t in site.twin.items() for name in t.watch)
    return Layout(
        signals=tuple(site.signals),
        commands=site.commands,
        truth=(*dict.fromkeys(_meters(site)), *validity),
        watched=watched,
        validity=tuple(validity),
        reckoned=tuple(name for name in reckoned if name not in watched),
    )


def _meters(site: "Site") -> Iterator[str]:
    for _, meters in site.accounts:
        yield from meters
