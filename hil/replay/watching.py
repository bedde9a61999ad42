"""A site's observers over measured data, and what they are called in files."""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack

from hil.trend.trend import Trend
from twin.closing import Closing
from twin.diagnosis.hypothesis import Hypothesis
from twin.diagnosis.learned import Learned, Plant
from twin.diagnosis.settings import Settings
from twin.diagnosis.watch import Watch
from twin.errors import BadInput
from twin.estimation.step import Step
from twin.observers.following import open_watched
from twin.observers.gaps import Rows
from twin.observers.hypotheses import band_of, wanders
from twin.observers.site_observer import SiteObserver
from twin.observers.unwatched import unwatched
from twin.site.model import Site


class Watching(Closing):
    """The observers of a site; close it, or use `with`."""

    def __init__(
        self,
        site: Site,
        period_ns: int,
        carry: bool = False,
        also: tuple[Hypothesis, ...] = (),
    ) -> None:
        """Open the models of the watched parts; `carry` their outputs that nobody watches too.

        `also` are hypotheses to carry behind those of the site.

        Raises:
            BadInput: nothing is watched, or an FMU is missing or nothing can follow it.
        """
        self.site = site
        parts = [part for part, told in site.twin.items() if told.watch]
        if not parts:
            raise BadInput(f"{site.document.path}: twin: nothing is watched")
        with ExitStack() as stack:
            files = {}
            for part in parts:
                files[part] = stack.enter_context(open_watched(site, part))
            carried = {part: unwatched(site, part, files[part]) for part in parts} if carry else {}
            self.units = {
                f"{part}.{name}": str(files[part].variables[name].unit)
                for part, names in carried.items()
                for name in names
            }
            """Of what is carried: name -> SI unit."""
            self.observer = stack.enter_context(
                SiteObserver(
                    *(site, files, tuple(site.signals), site.commands, period_ns, carried, also)
                )
            )
            self._stack = stack.pop_all()
        operating = self.observer.operating
        settles = {part: site.twin[part].settle for part in parts}
        switches = {part: f"{part}: {s.switch}" for part, s in settles.items() if s is not None}
        self._switch = {p: operating.index(s) for p, s in switches.items() if s in operating}
        text = site.document.path.read_bytes()
        hashes = "".join(files[part].sha256 for part in parts)
        self.site_hash = hashlib.sha256(text + hashes.encode()).hexdigest()
        watched = self.observer.watched
        self.plant = Plant(
            signals=watched,
            part_of=tuple(name.partition(".")[0] for name in watched),
            hypotheses=self.observer.hypotheses,
            operating_of=tuple(name.partition(":")[0] for name in operating),
            channels=self.observer.channels,
            wanders=wanders(site),
            bands=tuple(band_of(site, name) for name in watched),
            switching=tuple(p for p in parts if files[p].description.event_indicators > 0),
        )

    def watch(self, learned: Learned, settings: Settings) -> Watch:
        """A diagnosis that can ask the models what they would have found with a fault in them."""
        observer = self.observer
        return Watch(self.plant, learned, settings, observer.what_if(), observer.distrust)

    def off(self, step: Step) -> frozenset[str]:
        """Parts that their controllers have switched off: nobody needs an alarm of them now."""
        return frozenset(p for p, at in self._switch.items() if step.operating[at] < 0.5)

    def steps(self, trend: Trend) -> Iterator[Step]:
        """All Steps of the data, block by block."""
        for block in trend.blocks():
            yield from self.observer.each(*Rows.like(block))

    def close(self) -> None:
        """End the models."""
        self._stack.close()
