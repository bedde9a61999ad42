"""What follows from the blocks of a commissioning run: by procedure, by requirement, deviations."""

from collections.abc import Sequence
from dataclasses import dataclass

from hil.report.commission_data import ORDER, UNFINISHED, Block, requirements_of, worst

GOOD = ("pass", "skipped")
_FIRST = "not there first: "


@dataclass(frozen=True, slots=True)
class Trial:
    """A procedure on a controller: the verdict of its worst block."""

    anchor: str
    name: str
    procedure: str
    controller: str | None
    verdict: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """A block in a list: its name, where it is in the report, what it says of the matter."""

    name: str
    anchor: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Proof:
    """What a procedure on a controller says of a requirement."""

    requirement: str
    procedure: str
    controller: str | None
    verdict: str
    blocks: tuple[Named, ...]


@dataclass(frozen=True, slots=True)
class Deviation:
    """What was not as expected, or was not tried; `anchor` is where it is in the report."""

    anchor: str
    block: str
    step: int | None
    requirement: str
    verdict: str
    expected: str
    found: str


def trials_of(blocks: Sequence[Block]) -> tuple[Trial, ...]:
    """In the order of the run."""
    of: dict[str, list[Block]] = {}
    for block in blocks:
        of.setdefault(block.trial, []).append(block)
    return tuple(
        Trial(
            f"p{i}",
            name,
            several[0].procedure,
            several[0].controller,
            worst(block.verdict for block in several),
            tuple(several),
        )
        for i, (name, several) in enumerate(of.items(), 1)
    )


def summary_of(trials: Sequence[Trial], blocks: Sequence[Block]) -> dict[str, int]:
    """How many procedures have which verdict [-]; a procedure counts once for each controller."""
    words = {"fail": "failed", "pass": "passed", UNFINISHED: "no_verdict"}
    counts = {words.get(v, v): sum(1 for t in trials if t.verdict == v) for v in ORDER}
    steps = sum(len(block.steps) for block in blocks)
    return {"procedures": len(trials), **counts, "blocks": len(blocks), "steps": steps}


def proofs_of(trials: Sequence[Trial]) -> tuple[Proof, ...]:
    """The matrix of requirements; what did not pass comes first."""
    found = []
    for trial in trials:
        by: dict[str, list[Named]] = {}
        for block in trial.blocks:
            for requirement in block.requirements:
                said = Named(block.name, block.anchor, _says(block, requirement))
                by.setdefault(requirement, []).append(said)
        for requirement, named in by.items():
            verdict = worst(n.verdict for n in named)
            proof = Proof(requirement, trial.procedure, trial.controller, verdict, tuple(named))
            found.append(proof)
    return tuple(sorted(found, key=lambda p: (ORDER.index(p.verdict), p.requirement)))


def _says(block: Block, requirement: str) -> str:
    """Verdict of the steps for a requirement; where the block ended early, none that is good."""
    if block.verdict in GOOD:
        return block.verdict
    own = worst(s.verdict for s in block.steps if requirement in requirements_of(s.requirement))
    if own not in GOOD:
        return own
    return "inconclusive" if block.steps else block.verdict


def deviations_of(blocks: Sequence[Block]) -> tuple[Deviation, ...]:
    """Everything that did not pass."""
    bad = [_deviation(block) for block in blocks if block.verdict not in GOOD]
    return tuple(sorted(bad, key=lambda d: ORDER.index(d.verdict)))


def skipped_of(blocks: Sequence[Block]) -> tuple[Deviation, ...]:
    """Blocks that do not apply, and steps that nobody did in blocks that passed all the same."""
    found = []
    for block in blocks:
        steps = [s for s in block.steps if s.verdict == "skipped"]
        for s in steps:
            own = ", ".join(requirements_of(s.requirement) or block.requirements)
            place = f"{block.anchor}s{s.number}"
            found.append(Deviation(place, block.key, s.number, own, "skipped", s.text, s.why))
        if block.verdict == "skipped" and not steps:
            own = ", ".join(block.requirements)
            place, whole = block.anchor, "the whole block"
            found.append(Deviation(place, block.key, None, own, "skipped", whole, block.why))
    return tuple(found)


def _deviation(block: Block) -> Deviation:
    culprit = next((step for step in block.steps if step.verdict not in GOOD), None)
    if culprit is not None:
        return Deviation(
            f"{block.anchor}s{culprit.number}",
            block.key,
            culprit.number,
            ", ".join(requirements_of(culprit.requirement) or block.requirements),
            block.verdict,
            culprit.text,
            culprit.why,
        )
    expected, found = "that it comes to its end", block.why
    if block.why.startswith(_FIRST):
        before, _, found = block.why.removeprefix(_FIRST).partition("; ")
        expected = f"before it begins: {before}"
    own = ", ".join(block.requirements)
    return Deviation(block.anchor, block.key, None, own, block.verdict, expected, found)
