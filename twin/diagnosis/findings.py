"""From what one window says to what it means: a fault, two, something unknown, or nothing."""

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from twin.diagnosis.bank import Fit
from twin.diagnosis.beside import beside
from twin.diagnosis.compete import Z90, Field, compete, pairs, posterior
from twin.diagnosis.learned import Learned, Plant
from twin.diagnosis.settings import Settings

Floats = NDArray[np.float64]

EXCLUDED = 0.35
"""A fault is gone when its interval is below this share of the catalogue's size [-], what an hour
calls material, or of the size that it was found to have, if that is more: what is left of a large
one is for who looks for it."""
PAST = 0.5
"""One that was found smaller than that is gone when its interval is below this share of what was
found [-]: in the last hour a drift is more than on the mean of a day (assumed)."""

ALIKE = 0.6
"""Two faults of one part whose signatures have this cosine or more are no pair where something
unknown explains as much [-] (assumed; 0.69 to 0.84 of those that stood for half a turn of an
expansion valve, plants 31 of `mantsala`, seeds 39 and 41)."""

MOST_LIKELY, LEAST_LIKELY = 6, 1e-3
"""So many hypotheses are told with their probabilities, and none below this [-]."""


@dataclass(frozen=True)
class Cause:
    """One explanation of what a window saw; sizes in the hypothesis' unit, NaN of an unknown."""

    part: str
    hypothesis: int | None
    """Index of the fault; None of something unknown."""
    drift: bool
    size: float
    """At the end of the window."""
    low: float
    """Lower end of the 90 % interval."""
    high: float
    probability: float
    group: tuple[int, ...]
    """Faults that it cannot be told from, the most likely first, without itself."""
    likely: tuple[tuple[int, float], ...] = ()
    """Hypotheses with their probabilities [-], the most likely first."""


@dataclass(frozen=True)
class Finding:
    """What one window raises; the higher `strength`, the more it knows."""

    fit: Fit
    causes: tuple[Cause, ...]
    strength: float
    """LLR, or chi2 of an unknown, as a multiple of the window's threshold [-]."""


def find(
    fit: Fit,
    of: Field,
    plant: Plant,
    learned: Learned,
    settings: Settings,
    known: Collection[int] = (),
) -> Finding | None:
    """What a fit raises. Rank first, ask then: the winner may be a nuisance, or immaterial.

    `known` are the hypotheses of open events: with them, a second fault is no coincidence.
    """
    if fit.total < min(learned.fault_at[fit.window].min(), learned.unknown_at[fit.window].min()):
        return None  # no likelihood ratio is larger than the total
    llr = fit.score.llr
    winner = _winner(fit, of, settings)
    limit = learned.rest[fit.window]
    rest = fit.total - llr[winner]
    allowed = limit + _unlike(fit, settings, winner) * llr[winner]
    least = learned.least(plant, fit.window, winner)
    raised = llr[winner] >= least
    single = None
    if raised and _material(fit, of, settings, winner):
        cause = _cause(fit, of, plant, settings, winner)
        single = Finding(fit, (cause,), float(llr[winner]) / least)
    if rest <= allowed:
        return single
    listed = float(llr[winner]) if of.fault[winner] else 0.0
    unknown, odds_unknown = _unknown(fit, of, plant, learned, settings, listed)
    two, odds_two = _two(fit, of, plant, learned, settings, known)
    sure = unknown is not None and odds_unknown >= settings.unknown_nats
    if two is not None and odds_two >= odds_unknown and not (sure and _alike(two)):
        return two
    if unknown is not None:
        if not sure:
            return None  # nothing listed explains it, and of the unlisted it is not sure enough
        # two listed faults may look the same: they are named as what it cannot be told from
        pair = () if two is None else tuple(c.hypothesis for c in two.causes)
        group = tuple(j for j in pair if j is not None)
        return replace(unknown, causes=(replace(unknown.causes[0], group=group),))
    if two is not None:
        return two
    return single if rest < llr[winner] else None


def _winner(fit: Fit, of: Field, settings: Settings) -> int:
    """The hypothesis with the best odds; of faults, the one that is called the most probable."""
    winner = int(np.argmax(fit.score.odds))
    if not of.fault[winner]:
        return winner
    return int(np.argmax(np.where(of.fault, _odds(fit, of, settings), -np.inf)))


def _unlike(fit: Fit, settings: Settings, j: int) -> float:
    """Share of its own evidence that hypothesis j may leave unexplained [-].

    One whose signature is exact but for model against plant is not called unknown for less than
    tells two hypotheses apart.
    """
    if j in fit.secants:
        return 1.0 - settings.ambiguous_cosine**2
    return settings.signature_error**2


def _material(fit: Fit, of: Field, settings: Settings, j: int, size: float | None = None) -> bool:
    least = settings.windows[fit.window].material * of.threshold[j]
    value = fit.score.size[j] if size is None else size
    return bool(of.fault[j] and abs(value) >= least)


def _odds(fit: Fit, of: Field, settings: Settings) -> Floats:
    """Log odds in which a strong fault's imperfect signature does not decide everything.

    What a window says of two sizes counts for less, and which of them is usual for as much as ever.
    """
    doubt = 1.0 + settings.signature_error**2 * float(np.max(fit.score.llr))
    return compete(fit.z @ fit.G / doubt, fit.a / doubt, of).odds


def _cause(
    fit: Fit,
    of: Field,
    plant: Plant,
    settings: Settings,
    j: int,
    size: float | None = None,
    variance: float | None = None,
) -> Cause:
    k = len(plant.hypotheses)
    odds = _odds(fit, of, settings)
    likely = posterior(odds)
    by_name = likely.reshape(-1, k).sum(axis=0)
    best = odds.reshape(-1, k).max(axis=0)
    h = plant.hypotheses[j % k]
    value = float(fit.score.size[j]) if size is None else size
    spread = variance if variance is not None else 1.0 / float(fit.a[j])
    error = settings.secant_error if j in fit.secants else settings.signature_error
    sd = settings.interval * float(np.sqrt(spread + (error * value) ** 2))
    length = np.sqrt(np.maximum(fit.a, 1e-300))
    cosine = np.abs(fit.G[:, j] @ fit.G) / (length * length[j])
    parallel = (cosine >= settings.ambiguous_cosine).reshape(-1, k).any(axis=0)
    near = best >= odds[j] - settings.ambiguous_nats
    fault = of.fault[:k] & np.isfinite(best)
    group = [int(i) for i in np.argsort(-best) if fault[i] and (parallel[i] or near[i])]
    return Cause(
        part=h.part,
        hypothesis=j % k,
        drift=bool(of.ramp[j]),
        size=value,
        low=max(value - Z90 * sd, h.low),
        high=min(value + Z90 * sd, h.high),
        probability=float(by_name[j % k]),
        group=tuple(i for i in group if i != j % k),
        likely=_likely(by_name),
    )


def _likely(by_name: Floats) -> tuple[tuple[int, float], ...]:
    order = np.argsort(-by_name, kind="stable")[:MOST_LIKELY].tolist()
    return tuple((i, float(by_name[i])) for i in order if by_name[i] >= LEAST_LIKELY)


def under(finding: Finding, name: int, plant: Plant, settings: Settings) -> Cause:
    """What a finding of one cause is if that cause is another hypothesis, `name`."""
    return _cause(finding.fit, finding.fit.of, plant, settings, name)


def _two(
    fit: Fit,
    of: Field,
    plant: Plant,
    learned: Learned,
    settings: Settings,
    known: Collection[int],
) -> tuple[Finding | None, float]:
    """The best pair, if it explains what the best single could not, and each adds enough.

    With its log odds against no fault.
    """
    nothing = None, -np.inf
    seen = np.flatnonzero(np.isfinite(fit.score.odds))
    gram = fit.G.T @ fit.G
    llr, _ = pairs(fit.z @ fit.G, gram, of, seen)
    prior = of.log_odds[seen]
    i, j = np.unravel_index(int(np.argmax(llr + 2.0 * (prior[:, None] + prior))), llr.shape)
    both = float(llr[i, j])
    gain = both - float(np.max(fit.score.llr[seen[[i, j]]]))
    if not np.isfinite(both) or gain < settings.lowest_threshold:
        return nothing
    if fit.total - both > learned.rest[fit.window] + settings.signature_error**2 * both:
        return nothing
    least = max(learned.least(plant, fit.window, int(n)) for n in seen[[i, j]])
    if both < least:
        return nothing
    chosen = seen[[i, j]]
    causes = _of_pair(fit, of, plant, settings, int(chosen[0]), int(chosen[1]))
    if not causes:
        return nothing
    occam = np.log(fit.a[chosen] * of.threshold[chosen] ** 2 + 1.0)
    odds = 0.5 * (both - float(occam.sum())) + float(prior[i] + prior[j])
    names = [int(n) % len(plant.hypotheses) for n in chosen]
    same_part = len({plant.hypotheses[n].part for n in names}) == 1
    if same_part and not any(n in known for n in names):
        if _gross(fit, settings):
            return nothing  # it could not say that something is unknown
        odds += float(np.log(settings.coincidence))
    return Finding(fit, tuple(causes), both / least), odds


def _alike(pair: Finding) -> bool:
    """Whether both of a pair are of one part, and do nearly the same there.

    What both do together is then mostly their difference, a direction that anything unlisted has.
    """
    match pair.causes:
        case [Cause(part=part, hypothesis=int(one)), Cause(part=its, hypothesis=int(other))]:
            cosine = pair.fit.G[:, one] @ pair.fit.G[:, other]
            cosine /= np.sqrt(pair.fit.a[one] * pair.fit.a[other])
            return part == its and bool(abs(cosine) >= ALIKE)
        case _:
            return False


def _of_pair(
    fit: Fit, of: Field, plant: Plant, settings: Settings, one: int, other: int
) -> list[Cause]:
    """What each of two hypotheses is beside the other, as far as it is material.

    A constant and a growing size of the same are one that grew.
    """
    if one % len(plant.hypotheses) == other % len(plant.hypotheses):
        return _grown(fit, of, plant, settings, one, other)
    found = []
    for this, that in ((one, other), (other, one)):
        left = beside(fit, that)
        a = float(left.a[this])
        size = float(left.z @ left.G[:, this]) / a
        if _material(fit, of, settings, this, size):
            found.append(_cause(left, of, plant, settings, this, size, 1.0 / a))
    return found


def _grown(
    fit: Fit, of: Field, plant: Plant, settings: Settings, one: int, other: int
) -> list[Cause]:
    """The same hypothesis twice: its size at the window's end is the sum."""
    G = fit.G[:, [one, other]]
    covariance = np.linalg.inv(G.T @ G)
    sizes = covariance @ (G.T @ fit.z)
    size, variance = float(sizes.sum()), float(covariance.sum())
    ramp = one if of.ramp[one] else other
    if not _material(fit, of, settings, ramp, size):
        return []
    return [_cause(fit, of, plant, settings, ramp, size, variance)]


def _gross(fit: Fit, settings: Settings) -> bool:
    """Whether the window is too short for the observer to settle in it."""
    return settings.windows[fit.window].confirm > 1


def _unknown(
    fit: Fit, of: Field, plant: Plant, learned: Learned, settings: Settings, listed: float
) -> tuple[Finding | None, float]:
    """The part whose chi2 is furthest above its threshold and as large as a material fault's.

    With its log odds against no fault: an effect on every signal of the part, drawn from a normal
    distribution as wide as what the part's listed faults do at full size. None if a listed fault,
    which may move other parts as well, explains more: its LLR is `listed` [-].
    """
    nothing = None, -np.inf
    if _gross(fit, settings) or settings.windows[fit.window].slope:
        return nothing  # too short: the observer has not settled; too long: seasons are no faults
    member = np.array(plant.part_of)[fit.signals]
    member = np.tile(member, len(fit.r) // len(member))
    owner = np.tile([h.part for h in plant.hypotheses], len(of.ramp) // len(plant.hypotheses))
    best, name, explained, odds = 0.0, None, 0.0, -np.inf
    for p, part in enumerate(plant.parts):
        own = member == part
        if not own.any():
            continue
        chi2 = fit.chi2_of(own)
        share = chi2 / float(learned.unknown_at[fit.window, p])
        faults = of.fault & (owner == part) & np.isfinite(fit.score.odds)
        usual = (settings.windows[fit.window].material * of.threshold) ** 2 * fit.a
        material = not faults.any() or chi2 >= float(np.median(usual[faults]))
        if share > max(best, 1.0) and material:
            best, name = share, part
            explained, odds = _of_unknown(fit, own, faults, of, settings)
            odds -= np.log(len(plant.parts))
    if name is None or explained < listed:
        return nothing
    nan = float("nan")
    return Finding(fit, (Cause(name, None, False, nan, nan, nan, nan, ()),), best), odds


def _of_unknown(
    fit: Fit,
    own: NDArray[np.bool_],
    faults: NDArray[np.bool_],
    of: Field,
    settings: Settings,
) -> tuple[float, float]:
    """How much of chi2 an effect on a part's `own` signals explains, and its log odds [-]."""
    # all signals, though only the part's move: what the others say of the noise sharpens them
    full = fit.S[own][:, faults] * of.threshold[faults]
    width = np.zeros(len(fit.r))
    width[own] = np.mean(full**2, axis=1) if faults.any() else np.diag(fit.covariance)[own]
    wide = fit.covariance + np.diag(width)
    explained = fit.total - float(fit.r @ np.linalg.solve(wide, fit.r))
    occam = np.linalg.slogdet(wide)[1] - np.linalg.slogdet(fit.covariance)[1]
    return explained, 0.5 * float(explained - occam) + float(np.log(settings.prior_odds))


def excluded(
    fit: Fit, of: Field, hypothesis: int, settings: Settings, size: float = np.inf
) -> bool | None:
    """Whether a window says that a fault is not there, which was found to have `size` [SI].

    None if the window does not see it sharply enough to say.
    """
    threshold = float(of.threshold[hypothesis])
    if np.isfinite(size):
        threshold = min(max(threshold, abs(size)), PAST / EXCLUDED * abs(size))
    a = float(fit.a[hypothesis])
    if a * threshold**2 < settings.sharp**-2:
        return None
    sd = a**-0.5
    upper = abs(float(fit.score.size[hypothesis])) + Z90 * sd
    return bool(upper < EXCLUDED * threshold)


def suspect(fit: Fit, of: Field, plant: Plant, learned: Learned, settings: Settings) -> int | None:
    """The fault of which a window thinks half as much as it takes to raise something."""
    winner = int(np.argmax(fit.score.odds))
    enough = fit.score.llr[winner] >= 0.5 * learned.least(plant, fit.window, winner)
    if not enough or not _material(fit, of, settings, winner):
        return None
    return winner % len(plant.hypotheses)
