"""What a site file must get right between its sections; needs no FMU and no register map."""

from collections.abc import Iterator

from twin.errors import BadInput
from twin.signals import conversion
from twin.site.check_figures import check_figures
from twin.site.document import Key
from twin.site.mistakes import Mistake, unknown_word, wrong
from twin.site.model import Controller, Rtu, RtuTcp, Site, Tcp, Tls, Weather
from twin.site.refs import part_of
from twin.site.table import Table, read_table


def check_site(site: Site) -> Iterator[Mistake]:
    """Every place where two sections of the file do not fit together."""
    yield from _parts(site)
    yield from _one_writer(site)
    yield from _boundary(site)
    yield from _controllers(site)
    yield from _links(site)
    yield from _twin(site)
    yield from _performance(site)
    yield from _accounts(site)
    yield from check_figures(site)


def drivers(site: Site) -> Iterator[tuple[str, Key]]:
    """Each plant input that something feeds, and where in the file that stands."""
    for i, connection in enumerate(site.plant.connections):
        yield connection.target, ("plant", "connections", i)
    for name in site.boundary:
        yield name, ("boundary", name)
    for controller, declared in site.controllers.items():
        for point, target in declared.commands.items():
            yield target, ("controllers", controller, "commands", point)


def references(site: Site) -> Iterator[tuple[str, Key]]:
    """Each plant variable that the file names, and where."""
    for i, connection in enumerate(site.plant.connections):
        yield connection.source, ("plant", "connections", i)
    yield from drivers(site)
    for name, signal in site.signals.items():
        yield site.variable(name), ("signals", name, "of") if signal.of else ("signals", name)
    yield from meters(site)


def meters(site: Site) -> Iterator[tuple[str, Key]]:
    """Each energy meter of each account, and where."""
    for account in type(site.accounts).model_fields:
        for i, meter in enumerate(getattr(site.accounts, account)):
            yield meter, ("accounts", account, i)


def _parts(site: Site) -> Iterator[Mistake]:
    for name, key in references(site):
        if part_of(name) not in site.plant.parts:
            yield unknown_word(site.document, key, "part", part_of(name), site.plant.parts)
    for name, part in site.plant.parts.items():
        here: Key = ("plant", "parts", name, "fmu")
        try:
            there = site.fmu_path(name).is_file()
        except OSError as error:  # a name that is too long, a folder that nobody may read
            yield wrong(site.document, here, error.strerror or str(error))
            continue
        if part.fmu.endswith(".fmu") and not there:
            yield wrong(site.document, here, "no such file")


def _one_writer(site: Site) -> Iterator[Mistake]:
    first: dict[str, Key] = {}
    for target, key in drivers(site):
        if target in first:
            other = site.document.place(*first[target])
            yield wrong(site.document, key, f"{target} is already fed by {other}")
        first.setdefault(target, key)


def _boundary(site: Site) -> Iterator[Mistake]:
    columns = {n: f.column for n, f in site.boundary.items() if isinstance(f, Weather)}
    if not columns:
        return
    if site.weather_path is None:
        key: Key = ("boundary", next(iter(columns)), "source")
        yield wrong(site.document, key, "the site names no file under 'weather'")
        return
    try:
        table: Table = read_table(site.weather_path)
    except BadInput as error:
        yield wrong(site.document, ("weather",), str(error))
        return
    for name, word in columns.items():
        if word not in table.columns:
            key = ("boundary", name, "column")
            yield unknown_word(site.document, key, "column", word, table.columns)


def _controllers(site: Site) -> Iterator[Mistake]:
    taken: dict[tuple[str, int], str] = {}
    roles: dict[str, tuple[str, str]] = {}
    for name, declared in site.controllers.items():
        here: Key = ("controllers", name)
        for point, signal in declared.sensors.items():
            if signal not in site.signals:
                key = (*here, "sensors", point)
                yield unknown_word(site.document, key, "signal", signal, site.signals)
        for command, sensor in declared.holds.items():
            key = (*here, "holds", command)
            if command not in declared.commands:
                yield unknown_word(site.document, key, "command", command, declared.commands)
            elif sensor not in declared.sensors:
                yield unknown_word(site.document, key, "sensor", sensor, declared.sensors)
        if declared.served_by is not None:
            yield from _served(site, (*here, "served_by"), declared)
        if declared.link not in site.links:
            key = (*here, "link")
            yield unknown_word(site.document, key, "link", declared.link, site.links)
            continue
        other = taken.setdefault((declared.link, declared.unit), name)
        if other != name:
            rule = f"unit {declared.unit} of {declared.link} is already {other}"
            yield wrong(site.document, (*here, "unit"), rule)
        role, owner = roles.setdefault(declared.link, (declared.role, name))
        if role != declared.role:
            rule = f"one link, one master: {owner} on {declared.link} is a {role}"
            yield wrong(site.document, (*here, "role"), rule)


def _served(site: Site, here: Key, declared: Controller) -> Iterator[Mistake]:
    served = declared.served_by
    if served is not None and served.link not in site.links:
        yield unknown_word(site.document, (*here, "link"), "link", served.link, site.links)
    if declared.role == "server":
        yield wrong(site.document, here, "a controller in server role serves its own registers")


def _links(site: Site) -> Iterator[Mistake]:
    first: dict[str, str] = {}
    for name, link in site.links.items():
        match link:
            case Tcp() | Tls() | RtuTcp():
                end, key = f"{link.host}:{link.port}", "port"
            case Rtu() if link.device != "pty":
                end, key = link.device, "device"
            case _:
                continue
        other = first.setdefault(end, name)
        if other != name:
            yield wrong(site.document, ("links", name, key), f"is already the link {other}")


def _twin(site: Site) -> Iterator[Mistake]:
    commanded = set(site.commands)
    for part, declared in site.twin.items():
        here: Key = ("twin", part)
        if part not in site.plant.parts:
            yield unknown_word(site.document, here, "part", part, site.plant.parts)
            continue
        for name, signal in declared.boundary.items():
            key = (*here, "boundary", name)
            if signal not in site.signals:
                yield unknown_word(site.document, key, "signal", signal, site.signals)
            if f"{part}.{name}" in commanded:
                yield wrong(site.document, key, "is a command, the twin takes it by itself")
        own = sorted(name for name in commanded if part_of(name) == part)
        if declared.watch and not declared.boundary and not own:
            unfed = "nothing is fed to it: neither a signal under 'boundary' nor a command"
            yield wrong(site.document, here, unfed)
        if declared.settle is not None and declared.settle.switch not in own:
            key, word = (*here, "settle", "switch"), declared.settle.switch
            yield unknown_word(site.document, key, f"command of {part}", word, own)
        for name, watch in declared.watch.items():
            key, signal = (*here, "watch", name), f"{part}.{name}"
            if signal not in site.signals:
                yield unknown_word(site.document, key, "signal", signal, site.signals)
                continue
            unit = site.signals[signal].unit
            if (rule := unlike(watch.band.unit, unit)) is not None:
                yield wrong(site.document, (*key, "band"), rule)
            elif (rule := unlike(watch.unled.unit, unit)) is not None:
                yield wrong(site.document, (*key, "alone"), rule)
            elif watch.unled.difference_in(unit) < watch.band.difference_in(unit):
                rule = f"a model that no reading leads is no better than its band, {watch.band}"
                yield wrong(site.document, (*key, "alone"), rule)
        for name, prior in declared.calibrate.items():
            if prior.low is not None and prior.low.to("-") >= 1.0:
                rule = "must be less than 100 % of the design value"
                yield wrong(site.document, (*here, "calibrate", name, "low"), rule)
            if prior.high is not None and prior.high.to("-") <= 1.0:
                rule = "must be more than 100 % of the design value"
                yield wrong(site.document, (*here, "calibrate", name, "high"), rule)


def _performance(site: Site) -> Iterator[Mistake]:
    for name, of in site.performance.items():
        here = ("performance", name)
        if part_of(name) not in site.plant.parts:
            yield unknown_word(site.document, here, "part", part_of(name), site.plant.parts)
        for signal, unit, where in of.signals():
            if signal not in site.signals:
                yield unknown_word(site.document, (*here, *where), "signal", signal, site.signals)
            elif site.signals[signal].si_unit != unit:
                rule = f"must be a signal in {unit}, {signal} is in {site.signals[signal].si_unit}"
                yield wrong(site.document, (*here, *where), rule)


def _accounts(site: Site) -> Iterator[Mistake]:
    first: dict[tuple[str, str | int], Key] = {}
    for meter, key in meters(site):
        other = first.setdefault((meter, key[1]), key)
        if other != key:
            rule = f"is already counted by {site.document.place(*other)}"
            yield wrong(site.document, key, rule)


def unlike(unit_from: str | None, unit_to: str | None) -> str | None:
    """Why a value in one unit cannot become one in the other; None when it can.

    A variable of an FMU that declares no unit takes and gives what is connected to it, in SI.
    """
    if not unit_from or not unit_to:
        return None
    try:
        conversion(unit_from, unit_to)
    except BadInput as error:
        return str(error)
    return None
