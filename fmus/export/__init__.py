"""Equations to FMUs: `build` writes FMI 2.0 and 3.0 files of a model for any platform."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from fmus.export.models import BUILT, MODELS, build_named

if TYPE_CHECKING:
    from fmus.equations import Model

__all__ = ["BUILT", "MODELS", "build", "build_named"]


def build(
    model: "Model",
    out_dir: Path = BUILT,
    *,
    platforms: Sequence[str] = (),
    fmi: Sequence[str] = ("2.0", "3.0"),
) -> list[Path]:
    """Write `<Name>.fmu` (FMI 2.0) and `<Name>.fmi3.fmu` (3.0) into `out_dir`; their paths.

    `platforms` are keys of `fmus.export.compile.PLATFORMS`; none means the one this runs on.

    Raises:
        BadInput: the model is not complete, or a platform or version is unknown.
        HukkaError: the C compiler refuses the code.
    """
    from fmus.export.compile import native_platform
    from fmus.export.package import build_model

    chosen = tuple(platforms) or (native_platform(),)
    return build_model(model, Path(out_dir), platforms=chosen, fmi=tuple(fmi))
