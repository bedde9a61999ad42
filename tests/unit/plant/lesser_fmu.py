"""FMUs that say that they can do less than they can; their libraries are as they were."""

import re
import zipfile
from pathlib import Path


def without_derivatives(source: Path, target: Path) -> Path:
    """A copy at `target` that says that it gives no derivatives."""
    return _rewritten(source, target, rb' providesDirectionalDerivatives?="true"', b"")


def without_state(source: Path, target: Path) -> Path:
    """A copy at `target` that says that its state cannot be saved."""
    return _rewritten(source, target, rb'(canGetAndSet|canSerialize)FMU[sS]tate="true"', b"")


def only_co_simulation(source: Path, target: Path) -> Path:
    """A copy at `target` that says nothing of Model Exchange."""
    whole = rb"<ModelExchange\b[^>]*/>|<ModelExchange\b.*?</ModelExchange>"
    return _rewritten(source, target, whole, b"")


def once_in_a_process(source: Path, target: Path) -> Path:
    """A copy at `target` that says that it can be instantiated once."""
    said = rb'<\1 canBeInstantiatedOnlyOncePerProcess="true"'
    return _rewritten(source, target, rb"<(CoSimulation|ModelExchange)\b", said)


def with_other_names(source: Path, target: Path) -> Path:
    """A copy at `target` whose derivatives are called `slope_x` instead of `der(x)`."""
    return _rewritten(source, target, rb'name="der\(([^"]*)\)"', rb'name="slope_\1"')


def without_states(source: Path, target: Path) -> Path:
    """A copy at `target` that does not say what its derivatives are the derivatives of."""
    return _rewritten(source, target, rb' derivative="\d+"', b"")


def _rewritten(source: Path, target: Path, what: bytes, instead: bytes) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            data = old.read(name)
            if name == "modelDescription.xml":
                data, found = re.subn(what, instead, data, flags=re.DOTALL)
                assert found
            new.writestr(name, data)
    return target
