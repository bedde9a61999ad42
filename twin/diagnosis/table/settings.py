"""Every number that the detector of tables was given, frozen under a version."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Settings:
    """Settings of the detector; all of them assumed, chosen as decision `table detector` says.

    Attributes:
        version: Name of this set; any change of a number or of the method is a new one.
        windows: Lengths over which a shift of the mean is looked for [row].
        spread_windows: Lengths over which a change of the spread is looked for [row].
        creep_window: Means from this length on are also held against an older level [row];
        lag_share: by so much of the head [-], for what comes slowly;
        creep_gain: of channels whose gain is no larger than this [-].
        longest_share: A window must not be longer than this share of the head [-].
        clip: A reading further from its prediction counts as so many noise levels [-].
        gains: Gains of the local level that are tried on the head [-].
        slowest: No gain is below this over the rows of the head [-]: nobody knows a steadier level.
        prior_dof: Weight of the variance that is expected, in blocks of the head [-].
        dwell: A channel that has one value for this share of the head is rounded coarsely [-].
        hidden: Its level may have moved unseen by this share of its step [-], one deviation.
        shrink: How far correlations between channels are drawn to none [-].
        raise_at: Evidence that raises an alarm: -log10 of a probability [-].
        clear_below: Evidence below which a row looks as before the alarm [-].
        clear_window: Means up to this length are held against the state before the alarm [row]; up
            to the length that raised, if that is longer.
        restart_window: A baseline that is set anew takes the mean of so many rows or more [row].
        known_window: The same for an earlier normal state [row].
        clear_rows: So many rows in a row must look as before [row].
        left: Or no more than this share of how far they went may be left [-]; and a change towards
            a known normal state may lead so much of its way past it.
        accept: A new state that has stood for so many heads is a new normal [-].
    """

    version: str = "3"
    windows: tuple[int, ...] = (5, 10, 20, 40, 80)
    spread_windows: tuple[int, ...] = (20, 40, 80)
    creep_window: int = 20
    lag_share: float = 0.2
    creep_gain: float = 0.05
    longest_share: float = 0.2
    clip: float = 5.0
    gains: tuple[float, ...] = tuple(0.002 * 1.5**i for i in range(15))
    slowest: float = 1.0
    prior_dof: float = 6.0
    dwell: float = 0.9
    hidden: float = 0.15
    shrink: float = 0.2
    raise_at: float = 5.0
    clear_below: float = 1.5
    clear_window: int = 10
    clear_rows: int = 10
    left: float = 0.2
    known_window: int = 10
    restart_window: int = 20
    accept: float = 1.0


FROZEN = Settings()
