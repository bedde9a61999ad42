"""`hukka validate`: the built models against measurements, ours and the user's own."""

import json
import os
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hil.cli.unconfined import UnconfinedOption, said
from twin.errors import BadInput, unknown

if TYPE_CHECKING:
    from hil.validation.case import Case
    from hil.validation.pipe import Host

app = typer.Typer(
    name="validate",
    help="Compare the models with measurements.",
    invoke_without_command=True,
    epilog="Example: hukka validate --plots pictures",
)

PlotsOption = Annotated[
    Path | None, typer.Option("--plots", metavar="DIR", help="Folder for one picture a case.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="One JSON object as the last line.")]


@app.callback()
def every_case(
    context: typer.Context,
    plots: PlotsOption = None,
    unconfined: UnconfinedOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run every case in the data folder (HUKKA_DATA), or one file with a command below."""
    if context.invoked_subcommand is not None:
        if plots is not None or unconfined is not None or as_json:
            word = context.invoked_subcommand
            raise BadInput(f"hukka validate: options stand behind {word!r}")
        return
    data = _data_folder()
    from hil.validation import heatpump as machines

    found = [*_pipes(data, unconfined), *machines.cases(data)]
    if not found:
        raise BadInput(f"{data}: no measured runs that are known here (pipe_*, heatpump_*.csv)")
    _tell(found, plots, as_json)


@app.command(
    epilog="Example: hukka validate pipe run.csv --length 39 --inner-diameter 0.05248 --wall 0.0039"
    " --insulation 0.013 --insulation-conductivity 0.04"
)
def pipe(
    csv: Annotated[Path, typer.Argument(metavar="CSV", help="Measured run, see the how-to.")],
    length: Annotated[float, typer.Option("--length", help="Length of the pipe [m].")],
    inner_diameter: Annotated[float, typer.Option("--inner-diameter", help="Inside [m].")],
    wall: Annotated[float, typer.Option("--wall", help="Thickness of the wall [m].")],
    insulation: Annotated[float, typer.Option("--insulation", help="Its thickness [m].")],
    insulation_conductivity: Annotated[
        float, typer.Option("--insulation-conductivity", help="Of the insulation [W/(m.K)].")
    ],
    wall_material: Annotated[
        str, typer.Option("--wall-material", help="steel, carbon_steel, copper...")
    ] = "steel",
    ambient: Annotated[
        float, typer.Option("--ambient", help="Surroundings where no column has them [degC].")
    ] = 18.0,
    meter_temperature: Annotated[
        float | None,
        typer.Option(
            "--meter-temperature",
            help="Water at the meter of a volume flow [degC].",
            show_default="coldest water of the run",
        ),
    ] = None,
    plots: PlotsOption = None,
    unconfined: UnconfinedOption = None,
    as_json: JsonOption = False,
) -> None:
    """Compare the sharp pipe with a measured run of a pipe in air."""
    from hil.validation.pipe import Pipe, validate

    walls = _walls()
    if wall_material not in walls:
        raise unknown("--wall-material", "material", wall_material, walls)
    c_wall, k_wall = walls[wall_material]
    described = Pipe(
        length=length,
        inner_diameter=inner_diameter,
        wall=wall,
        insulation=insulation,
        k_insulation=insulation_conductivity,
        c_wall=c_wall,
        k_wall=k_wall,
        ambient=ambient,
        meter=meter_temperature,
    )
    found = validate(csv, described, _fmu("PlugPipe"), host=_host(unconfined))
    _tell([found], plots, as_json)


@app.command(epilog="Example: hukka validate heatpump map.csv --train-every 2")
def heatpump(
    csv: Annotated[Path, typer.Argument(metavar="CSV", help="Map of a heat pump, see the how-to.")],
    train_every: Annotated[
        int, typer.Option("--train-every", help="Every n-th point is fitted, the others judge.")
    ] = 2,
    plots: PlotsOption = None,
    as_json: JsonOption = False,
) -> None:
    """Fit the heat pump's map on some points of a table and judge it on the others."""
    from hil.validation.heatpump import validate

    _tell([validate(csv, train_every)], plots, as_json)


def _pipes(data: Path, unconfined: str | None) -> list["Case"]:
    from hil.validation.rigs import RIGS, cases, records

    if not any(records(data, rig.prefix) for rig in RIGS):
        return []
    return cases(data, _fmu("PlugPipe"), _walls(), _host(unconfined))


def _host(unconfined: str | None) -> "Host":
    """Runs FMUs shut in, and says so once."""
    from hil.bench.inside import inside_fmus

    told = set[str]()

    def say(text: str) -> None:
        if not told:
            said(text)
        told.add(text)

    def run(fmu: Path, work: Callable[[], Any]) -> Any:  # noqa: ANN401 - JSON
        return inside_fmus([fmu], work, say, unconfined)

    return run


def _walls() -> dict[str, tuple[float, float]]:
    """Wall materials: heat capacity [J/(m3.K)] and conductivity [W/(m.K)]."""
    from fmus.physics.material import WALLS

    return {name: (m.capacity, m.conductivity) for name, m in WALLS.items()}


def _fmu(name: str) -> Path:
    """The built FMU of a model; made now if it is out of date and can be made."""
    from fmus.export import BUILT, build_named

    kept = BUILT / f"{name}.fmu"
    if kept.exists() and find_spec("casadi") is None:
        return kept
    return build_named(name, fmi=("2.0",))[0]


def _data_folder() -> Path:
    import twin

    default = Path(twin.__file__).parents[2] / "shared" / "data"
    folder = Path(os.environ.get("HUKKA_DATA", default))
    if not folder.is_dir():
        raise BadInput(f"HUKKA_DATA = {str(folder)!r}: no such folder of measured runs")
    return folder


def _tell(cases: Sequence["Case"], plots: Path | None, as_json: bool) -> None:
    from hil.dashboard.console import Console
    from hil.validation import table

    if plots is not None:
        from hil.validation.picture import draw

        for case in cases:
            typer.echo(str(draw(case, plots)), err=as_json)
    if as_json:
        typer.echo(json.dumps(table.as_json(cases)))
    else:
        table.show(cases, Console())
