"""Networks for tests: small ones by hand, large ones grown at random from a seed."""

from collections.abc import Sequence

import numpy as np

from fmus.district_network.structure import Structure


def pipe(name: str, begin: str, end: str, length: float = 200.0, type: str = "DN100") -> dict:
    return {"name": name, "from": begin, "to": end, "length": length, "type": type}


def network(pipes: Sequence[dict], consumers: Sequence[str], **more: object) -> Structure:
    return Structure.model_validate(
        {"pipes": pipes, "consumers": [{"node": node} for node in consumers], **more}
    )


def ring(**more: object) -> Structure:
    """A feeder, a ring of four pipes that closes at n4, a branch behind it; `n4` leaks."""
    pipes = [
        pipe("feeder", "plant", "n1", 300.0, "DN200"),
        pipe("left", "n1", "n2"),
        pipe("right", "n1", "n3"),
        pipe("across", "n2", "n4"),
        pipe("back", "n3", "n4", 400.0),
        pipe("branch", "n4", "n5"),
    ]
    return network(pipes, ["n2", "n3", "n4", "n5"], leak="n4", **more)


def grown(size: int, seed: int = 0, **more: object) -> Structure:
    """A tree of `size` pipes, one consumer at every end; DN200 first, DN80 further out."""
    rng = np.random.default_rng(seed)
    pipes, parents = [], set()
    for i in range(1, size + 1):
        begin = "plant" if i == 1 else f"n{int(rng.integers(max(1, i - 6), i))}"
        parents.add(begin)
        length = float(rng.uniform(40.0, 300.0))
        pipes.append(pipe(f"p{i}", begin, f"n{i}", length, "DN200" if i < size / 10 else "DN80"))
    ends = [p["to"] for p in pipes if p["to"] not in parents]
    return network(pipes, ends, **more)


def closed(size: int, seed: int = 0, **more: object) -> Structure:
    """`size` pipes: a grown tree whose first and last end are joined to a ring."""
    tree = grown(size - 1, seed)
    ends = [consumer.node for consumer in tree.consumers]
    pipes = [p.model_dump(by_alias=True, exclude_none=True) for p in tree.pipes]
    return network([*pipes, pipe("closing", ends[0], ends[-1], 200.0, "DN80")], ends, **more)
