"""What a site's public figures must get right about the rest of its file."""

from collections.abc import Iterator

from twin.errors import BadInput
from twin.signals import conversion
from twin.site.document import Key
from twin.site.figures import Figure
from twin.site.kpi import KPI_RATIOS
from twin.site.mistakes import Mistake, unknown_word, wrong
from twin.site.model import Accounts, Site, Weather
from twin.site.table import read_table


def check_figures(site: Site) -> Iterator[Mistake]:
    """Names and units of each figure, and the two runs that they ask for."""
    yield from _boundary(site)
    yield from _year(site)
    for name, figure in site.figures.checks.items():
        here: Key = ("figures", "checks", name)
        if getattr(site.figures, figure.run) is None:
            rule = f"needs figures.{figure.run}, which says how that run goes"
            yield wrong(site.document, (*here, "run"), rule)
        yield from _names(site, here, figure)


def _boundary(site: Site) -> Iterator[Mistake]:
    for run, declared in (("design", site.figures.design), ("year", site.figures.year)):
        for name in declared.boundary if declared else ():
            if name not in site.boundary:
                key = ("figures", run, "boundary", name)
                yield unknown_word(site.document, key, "boundary input", name, site.boundary)


def _year(site: Site) -> Iterator[Mistake]:
    year = site.figures.year
    if year is None:
        return
    try:
        table = read_table(site.folder / year.weather)
    except BadInput as error:
        yield wrong(site.document, ("figures", "year", "weather"), str(error))
        return
    for feed in site.boundary.values():
        if isinstance(feed, Weather) and feed.column not in table.columns:
            key: Key = ("figures", "year", "weather")
            yield unknown_word(site.document, key, "column", feed.column, table.columns)
    if year.samples * year.length > table.times_ns[-1] / 1e9:
        rule = f"{year.samples} samples of {year.length:g} s are longer than the weather file"
        yield wrong(site.document, ("figures", "year"), rule)


def _names(site: Site, here: Key, figure: Figure) -> Iterator[Mistake]:
    unit, accounts, signals = "-", list[str](), list[str]()
    match figure.measure:
        case "power":
            unit, accounts = "W", [str(figure.power)]
        case "energy":
            unit, accounts = "J", [str(figure.energy)]
        case "share":
            accounts = list(figure.share or ())
        case "kpi" if figure.kpi not in KPI_RATIOS:
            key = (*here, "kpi")
            yield unknown_word(site.document, key, "key figure", str(figure.kpi), KPI_RATIOS)
        case "mean" | "p95":
            signals = [str(getattr(figure, figure.measure))]
    key = (*here, figure.measure)
    for account in accounts:
        if not getattr(site.accounts, account, ()):
            filled = [n for n in Accounts.model_fields if getattr(site.accounts, n)]
            yield unknown_word(site.document, key, "account", account, filled)
    for signal in signals:
        if signal not in site.signals:
            yield unknown_word(site.document, key, "signal", signal, site.signals)
            return
        unit = site.signals[signal].unit
    commands = sorted(site.commands)
    if figure.running is not None and figure.running not in commands:
        key = (*here, "running")
        yield unknown_word(site.document, key, "command", figure.running, commands)
    try:
        conversion(figure.public.unit, unit)
    except BadInput as error:
        yield wrong(site.document, (*here, "public"), str(error))
