"""Why a fault is not seen in a period, in words for who has to decide about it."""

from hil.replay.moves import Period
from hil.replay.watching import Watching
from twin.diagnosis.hypothesis import Hypothesis
from twin.diagnosis.identifiability import SURE, Judged
from twin.site.model import Site


def why_unseen(
    site: Site,
    watching: Watching,
    period: Period,
    hypothesis: Hypothesis,
    judged: Judged,
    threshold: float,
) -> str:
    """One sentence; empty of a fault that is seen. `threshold` is a likelihood ratio [-]."""
    if judged.seen != "no":
        return ""
    part = hypothesis.part
    rows = [i for i, name in enumerate(watching.observer.outputs) if name.partition(".")[0] == part]
    share = float(period.usable[rows].max()) if rows else 0.0
    settle = site.twin[part].settle if part in site.twin else None
    if settle is not None and settle.switch in period.off:
        return f"{part} stands still ({settle.switch} is 0)"
    if not any(w.usable[rows].any() for w in period.windows):
        return f"{part} was fit to be judged {share:.0%} of the time"
    if not judged.shows:
        off = sorted(name for name in period.off if name.partition(".")[0] == part)
        idle = f" while {', '.join(off)} is 0" if off else " as the plant runs"
        return f"nothing that is watched moves with it{idle}"
    need = float(threshold**0.5) + SURE
    return f"full size is {judged.shift:.1f} of the {need:.1f} sigma needed"
