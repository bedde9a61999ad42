"""When something is raised, named and cleared, with where each number comes from.

Constants of one step of the way stand there (`regression.py`, `modes.py`, `experience.py`...).
"""

from dataclasses import dataclass

from twin.estimation.step import STEP_NS

BLOCK_STEPS = 3
"""Steps of a block, the smallest thing that windows are made of [-]."""

BLOCK_NS = BLOCK_STEPS * STEP_NS
"""Length of a block [ns]."""

BLOCK_S = BLOCK_NS / 1e9
"""Length of a block [s]."""

DAY_BLOCKS = 288
"""Blocks of a day [-]."""


@dataclass(frozen=True)
class Window:
    """The last `panes` panes of `pane_blocks` blocks each, judged whenever a pane is complete."""

    name: str
    panes: int
    pane_blocks: int
    material: float
    """Smallest size that is a fault, as a share of the catalogue's [-]: short windows, in which the
    observer has not settled, are for gross faults only."""
    slope: bool = False
    """Whether a change of the innovation within the window is evidence too, for drifts."""
    against: str = ""
    """Name of the longer window whose mean is the memory: what it predicts is taken off, so that a
    step is judged against what was before and not against what commissioning knew."""
    confirm: int = 1
    """So many judgements in a row must agree before an event is raised [-]."""
    outliers: int = 0
    """What so many of its panes say alone is no event [-]."""

    @property
    def blocks(self) -> int:
        """Blocks in the window [-]."""
        return self.panes * self.pane_blocks

    @property
    def length_ns(self) -> int:
        """Length of the window [ns]."""
        return self.blocks * BLOCK_NS


WINDOWS = (
    Window("5 min", 1, 1, 1.0, confirm=3),
    Window("15 min", 3, 1, 0.7, confirm=3),
    Window("30 min", 6, 1, 0.35, outliers=2),
    Window("1 h", 12, 1, 0.35, outliers=2),
    Window("6 h", 24, 3, 0.3),
    Window("24 h", 24, 12, 0.2),
    Window("7 d", 28, 72, 0.2, slope=True),
    Window("30 d", 30, 288, 0.2, slope=True),
    Window("15 min step", 3, 1, 0.4, against="6 h", confirm=3),
    Window("30 min step", 6, 1, 0.35, against="24 h", outliers=2),
    Window("1 h step", 12, 1, 0.35, against="24 h", outliers=2),
)
"""Lengths from gross faults to slow drifts; panes so that a window moves by 1/3 to 1/30 of itself.

The step windows are there because mismatch is coloured over a day and more: what was
before predicts a good part of it, and half a fault stands out that the level alone would hide.
Two panes are what a heat pump was seen to do by itself before it stopped (tuned on plant
1 of kajaani).
"""


LONG = ("6 h", "24 h")
"""Windows whose mean has no swing of the plant in it, and which four weeks hold often enough."""


@dataclass(frozen=True)
class Settings:
    """Assumed values say so; the others were tuned on synthetic plants (see the score card)."""

    windows: tuple[Window, ...] = WINDOWS
    events_per_year: float = 1.0
    """False events per plant-year that thresholds are counted for, summed over all windows [1/a];
    they overlap, so that a plant sees fewer."""
    lowest_threshold: float = 25.0
    """No event below this log-likelihood ratio (5 sigma), whatever was counted [-] (tuned on
    plants 1 to 3)."""
    lowest_slow: float = 30.0
    """The same for the windows of 7 and 30 d [-]: 28 days hold four and not even one of them, so
    that nothing can be counted (assumed, after plants 1 to 3)."""
    leverage: float = 3.0
    """The regression's error at an operating point has this multiple of its own variance [-]
    (tuned on plants 1 to 3; assumed reason: the plant bends where there is no feature)."""
    strange: float = 1.5
    """Where an operating point is strange, the expected innovation is off by this multiple of what
    it varied by in commissioning [-] (tuned on plants 2 and 3)."""
    prior_odds: float = 1e-3
    """Odds against none, before any evidence, of each way that a fault can go [-] (assumed)."""
    nuisance_odds: float = 3e-2
    """Odds of each nuisance against none: tolerances are used up more often than things break [-]
    (assumed)."""
    coincidence: float = 1e-2
    """Odds that two faults of one part show in the same window though neither was known before,
    over what their own odds say [-]: something unlisted is likelier than that (assumed)."""
    unknown_nats: float = 3.0
    """Something unknown has these log odds against no fault before it is raised [-], 20 to 1: in
    May the nights of plants 31 and 32 of kajaani (seed 9) were above the chi2 of healthy weeks, by
    up to 1.2 times, and in the odds even (tuned on them)."""
    signature_error: float = 0.15
    """Relative error of a signature: model against plant, linear against true size [-] (assumed
    from the study's mismatch: conductances 8 %, exponents 20 %)."""
    secant_error: float = 0.12
    """The same of a secant signature [-]: what is left is model against plant (see the reference
    page for what was measured)."""
    lasting: float = 1.6
    """Thresholds are so much higher than counted [-]: the months that follow vary more than the
    weeks left out (1.4 gave one false event in 180 days of plants 1 to 3; tuned on them)."""
    lasting_gross: float = 2.5
    """The same of windows that must confirm what they say [-]: in summer fronts of ten kelvin pass
    them (tuned on plants 31 to 36 of kajaani)."""
    lasting_long: float = 1.1
    """The same of a named fault in the windows `LONG` [-]: swings average out in them (tuned on
    plants 31 of kajaani, seeds 9 and 11, and the quiet plants of seeds 21 to 25 that had events:
    at 1.04 none of 600 days has one from these windows)."""
    lowest_long: float = 20.0
    """No named fault below it there [-] (tuned on the same): with `prior_odds`, one of half a size
    that is found with this has odds of 4 to 1 against none."""
    step_blocks: int = 72
    """Step windows rename an event only so long after it was raised [-]: 6 h, later their memory
    holds the fault itself."""
    interval: float = 0.85
    """Size intervals are this multiple of what variance and signature error say [-]: at 1 they
    covered 98 % where 90 % were meant, at 0.75 86 % on plants 24 and 25 (tuned)."""
    ambiguous_cosine: float = 0.97
    """Two hypotheses whose whitened signatures are this parallel cannot be told apart [-]: at the
    6 sigma of a typical event the difference is 1.5 sigma."""
    second_at: float = 0.2
    """A part that has an event gets another one from this probability on [-] (assumed)."""
    ambiguous_nats: float = 3.0
    """Log odds within which another hypothesis stays in the group [-]: 20 to 1."""
    refine_most: int = 6
    """So many hypotheses of a finding get secant signatures [-]."""
    refine_rounds: int = 4
    """Their models are run so often at most [-]."""
    refine_rounds_sensor: int = 2
    """The same of readings [-]: what they drive bends little."""
    refine_until: float = 0.05
    """The size that a secant signature gives is its own within this share [-]."""
    refine_least: float = 0.1
    """Sizes below this share of the catalogue's are straight enough [-]."""
    widened: float = 2.0
    """A channel whose predicted variance is over this multiple of what 99 % of commissioning had is
    not used [-]
    (assumed: the filter has coasted through missing samples)."""
    block_share: float = 0.6
    """Share of a block's Steps that must be usable [-] (assumed)."""
    sharp: float = 0.2
    """A window can exclude a fault if it sizes it to this share of the threshold or better [-]."""
    clear_after_blocks: int = 24
    """An event clears after so many blocks in a row in which its fault is excluded [-]: 2 h."""
    ridge: tuple[float, ...] = (3.0, 30.0, 300.0, 3000.0)
    """Ridge penalties that leave-one-week-out chooses from, in equivalent blocks [-]."""
    clip_features: float = 0.25
    """The learned bias is held constant this far (in standard deviations) outside the visited
    region of each feature [-] (assumed)."""

    def later(self, window: Window) -> float:
        """By how much more than was counted a window must say in the months that follow [-]."""
        return self.lasting_gross if window.confirm > 1 else self.lasting

    def later_named(self, window: Window) -> float:
        """The same of what a window raises by its name [-]."""
        return self.lasting_long if window.name in LONG else self.later(window)

    def lowest(self, window: Window) -> float:
        """No event of the window has less [-], in log-likelihood ratios of one hypothesis."""
        return self.lowest_slow if window.slope else self.lowest_threshold

    def lowest_named(self, window: Window) -> float:
        """The same of what it raises by its name [-]."""
        return self.lowest_long if window.name in LONG else self.lowest(window)

    def memory(self, window: Window) -> Window | None:
        """The window that a step window is held against."""
        return self.windows[self.index(window.against)] if window.against else None

    def base(self, i: int) -> int:
        """The window of the same panes that holds what window i looks at [-]."""
        same = (self.windows[i].panes, self.windows[i].pane_blocks)
        return [(w.panes, w.pane_blocks) for w in self.windows].index(same)

    def index(self, name: str) -> int:
        """Position of the window called `name` [-]."""
        return [w.name for w in self.windows].index(name)
