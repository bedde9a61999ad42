"""What a session was told to run on, from its options and its ini file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

TRANSPORTS = ("loopback", "tcp", "rtu")


@dataclass(frozen=True)
class Wanted:
    """As it was written; plain, so that it goes to another process."""

    site: str
    transports: tuple[str, ...] = ("loopback",)
    line_faults: tuple[str, ...] = ()
    seed: int = 1
    cycle: str = "1s"
    warmup: str = "2h"
    play: str = ""
    """MODULE:FUNCTION that makes the controllers instead of hukka's own."""
    path: tuple[str, ...] = ()
    """Folders in which that module, and procedures, are looked for."""
    unconfined: str = ""
    """Why the code of FMUs is not shut in; empty: it is."""
    folder: str = ""
    """Where tests have their folders."""


HELP: Mapping[str, tuple[str, str, str]] = {
    "site": ("NAME|FILE", "", "reference site or site file on which tests with `bench` run"),
    "transport": ("NAMES", "loopback", "loopback, tcp, rtu; tests run once for each, by comma"),
    "line_fault": ("FAULT", "", "break emulated lines, CONTROLLER.KIND[=SIZE]@TIME[..TIME]"),
    "seed": ("N", "1", "seed of the sensors' noise"),
    "cycle": ("TIME", "1s", "period of plant and links"),
    "warmup": ("TIME", "2h", "plant time before the tests"),
    "hardware": ("NAMES", "", "hardware that is there, NAME or NAME=WHERE, by comma"),
    "unconfined": ("REASON", "", "leave files, network and programs open to the code of FMUs"),
    "play": ("MODULE:FUNCTION", "", "makes the controllers: FUNCTION(type, settings)"),
}
"""By name without `--hukka-` (in the ini file: `hukka_`): what it takes, default, help."""


def add_options(parser: pytest.Parser) -> None:
    """Options, and ini values of the same names."""
    group = parser.getgroup("hukka", "hukka: hardware-in-the-loop bench")
    for name, (metavar, default, text) in HELP.items():
        default_text = f" (default: {default})" if default else ""
        group.addoption(
            f"--hukka-{name.replace('_', '-')}",
            dest=f"hukka_{name}",
            metavar=metavar,
            action="append" if name == "line_fault" else "store",
            default=None,
            help=f"{text}{default_text}",
        )
        kind = "linelist" if name == "line_fault" else "string"
        parser.addini(f"hukka_{name}", f"as --hukka-{name.replace('_', '-')}", type=kind)  # type: ignore[arg-type]


def text_of(config: pytest.Config, name: str) -> str:
    """Option, else ini value, else default."""
    given = config.getoption(f"hukka_{name}")
    if given is None:
        given = config.getini(f"hukka_{name}") or HELP[name][1]
    return str(given)


def wanted_of(config: pytest.Config) -> Wanted | None:
    """What is wanted, each value by itself as it should be; None without a site.

    Raises:
        UsageError: a transport is unknown or given twice, or a seed is no number.
    """
    site = _site(config)
    if not site:
        return None
    faults: Sequence[str] = config.getoption("hukka_line_fault") or config.getini(
        "hukka_line_fault"
    )
    play = text_of(config, "play")
    return Wanted(
        site=site,
        transports=_transports(text_of(config, "transport")),
        line_faults=tuple(faults),
        seed=_seed(text_of(config, "seed")),
        cycle=text_of(config, "cycle"),
        warmup=text_of(config, "warmup"),
        play=play,
        unconfined=text_of(config, "unconfined").strip(),
        path=(str(config.rootpath), str(config.invocation_params.dir)),
    )


def hardware_of(config: pytest.Config) -> dict[str, str]:
    """Hardware that is there, and where; empty where nobody said it."""
    given = (part.strip() for part in text_of(config, "hardware").split(","))
    pairs = (part.partition("=") for part in given if part)
    return {name.strip(): where.strip() for name, _, where in pairs}


def _site(config: pytest.Config) -> str:
    """A name, or a path that means the same everywhere."""
    option = config.getoption("hukka_site")
    word = text_of(config, "site")
    from_ini = option is None and config.inipath is not None
    base = config.inipath.parent if from_ini and config.inipath else config.invocation_params.dir
    path = Path(base) / word
    is_path = word and ("/" in word or path.suffix in (".yaml", ".yml"))
    return str(path) if is_path else word


def _transports(text: str) -> tuple[str, ...]:
    from twin.errors import unknown

    names = tuple(part.strip() for part in text.split(","))
    for i, name in enumerate(names):
        if name not in TRANSPORTS:
            raise pytest.UsageError(
                str(unknown("--hukka-transport", "transport", name, TRANSPORTS))
            )
        if name in names[:i]:
            raise pytest.UsageError(f"--hukka-transport = {text!r}: names {name} twice")
    return names


def _seed(text: str) -> int:
    if not text.isdecimal():
        raise pytest.UsageError(f"--hukka-seed = {text!r}: must be a whole number, 0 or more")
    return int(text)
