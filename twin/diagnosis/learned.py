"""What commissioning knows of a healthy plant: expected innovations, covariances, thresholds."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.channel import Channel
from twin.diagnosis.expectation import Expectation
from twin.diagnosis.hypothesis import Hypothesis
from twin.diagnosis.settings import Settings
from twin.diagnosis.wander import Wander, Wandering

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Plant:
    """What is watched: m signals with their parts, k hypotheses; the order is that of a Step."""

    signals: tuple[str, ...]
    part_of: tuple[str, ...]
    hypotheses: tuple[Hypothesis, ...]
    operating_of: tuple[str, ...]
    """Of each feature of the operating point, the part whose model is fed with it; "" of all."""
    channels: tuple[Channel, ...] = ()
    """Signals and commands whose readings are looked at by themselves."""
    wanders: tuple[Wander, ...] = ()
    """What moves by itself, as some of the hypotheses do."""
    switching: tuple[str, ...] = ()
    """Parts whose models start and stop something by themselves."""
    bands: tuple[float, ...] = ()
    """Of each signal, how far its model may be off before anything is learned [SI]; 0 of all if
    nobody said."""

    @property
    def q(self) -> int:
        """Features of the operating point [-]."""
        return len(self.operating_of)

    @property
    def parts(self) -> tuple[str, ...]:
        """Parts in the order of their first signal."""
        return tuple(dict.fromkeys(self.part_of))


@dataclass(frozen=True)
class Learned:
    """Signals are divided by `scale`, so that no unit matters; covariances are of scaled ones."""

    scale: Floats
    """float64[m], standard deviation of a block's remainder, SI."""
    usual_variance: Floats
    """float64[m], 99 % quantile of the variance that the observer predicts [SI^2]."""
    expectation: Expectation
    """Of scaled innovations."""
    lever: Floats
    """float64[m, m], covariance of the regressions' error per unit of leverage [-]."""
    strange: Floats
    """float64[m], variance of the error of each where its operating point is wholly strange [-];
    there errors need not go together as they did."""
    mean: tuple[Floats, ...]
    """Covariance of each window's mean [-]."""
    slope: tuple[Floats | None, ...]
    """Covariance of each window's slope sum [-]."""
    keep: tuple[Floats, ...]
    """float64[m], what each step window takes off of its memory [-]; 0 of other windows."""
    fault_at: Floats
    """float64[windows, parts], LLR from which a fault of a part is raised [-]."""
    unknown_at: Floats
    """float64[windows, parts], chi2 of a part from which something unknown is raised [-]."""
    rest: Floats
    """float64[windows], chi2 that may be left unexplained [-]."""
    signature: Floats
    """float64[m, k], mean signature, scaled."""
    restless: Floats
    """float64[3, m], the most restless that remainders were (`restless.py`), scaled."""
    days: float
    """Length of the commissioning [d]."""
    habits: Floats
    """float64[11, channels], what `Habits.table` gives [SI]."""

    def healthy(self, plant: "Plant", settings: Settings, window: int) -> Floats:
        """Covariance float64[m, m] of a window's mean with what wanders, by mean signatures [-]."""
        wandering = Wandering.of(plant.wanders, plant.hypotheses, settings.windows[window])
        return self.mean[window] + wandering.covariance(self.signature)

    def least(self, plant: "Plant", window: int, hypothesis: int) -> float:
        """LLR from which a window raises a hypothesis of the plant [-]; ramps come after all."""
        part = plant.hypotheses[hypothesis % len(plant.hypotheses)].part
        of_window = self.fault_at[window]
        return float(of_window[plant.parts.index(part)] if part in plant.parts else max(of_window))
