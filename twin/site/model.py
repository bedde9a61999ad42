"""What a site file may say: one frozen class a section, in the order of the file."""

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, PrivateAttr

import twin
from twin.site.document import Document
from twin.site.factors import emission, price
from twin.site.figures import Figures
from twin.site.performance import Sought
from twin.site.quantity import Amount, Number, Quantity, Seconds, Whole, si_unit
from twin.site.refs import Connection, parse_connection
from twin.site.section import PartName, Ref, Section, Told
from twin.site.structure import built_name
from twin.site.twin_part import TwinPart
from twin.site.values import ParameterValue, Power, Range, Setting, Unit

YEAR_FILE = "weather_year.csv"
"""What the reference sites call the weather of a year."""
BUILT_FMUS = Path(twin.__file__).parent.parent / "fmus" / "built"
"""Where `hukka fmu build` leaves the models of the reference sites."""


class Part(Section):
    """One FMU of the plant."""

    fmu: str
    """Name of a built model (`HeatPump`), or a path to a file, relative to the site's folder."""
    structure: Mapping[str, Any] = {}
    """How many, which kind, connected how: `hukka fmu build --site` builds the model so."""
    interface: Literal["co_simulation", "model_exchange"] | None = None
    """None: Co-Simulation, or Model Exchange where the FMU has nothing else."""
    solver: Literal["cvode", "fixed"] | None = None
    """Of Model Exchange; None: CVODE, or the fixed step where this machine has no CVODE."""
    step: Annotated[Seconds, Field(gt=0)] | None = None
    """Longest step of the fixed-step solver [s]."""
    tolerance: Annotated[Number, Field(gt=0, lt=1)] | None = None
    """Relative tolerance of CVODE [-]."""
    parameters: Mapping[str, ParameterValue] = {}
    """Parameter: value in the unit of the FMU, true or false, text, item, or a list of them."""


class Plant(Section):
    """The FMUs and who feeds whom."""

    parts: Annotated[Mapping[PartName, Part], Field(min_length=1)]
    connections: tuple[Annotated[Connection, BeforeValidator(parse_connection)], ...] = ()


class ItLoad(Section):
    """The measured electric power of a data centre, synthetic where the file is absent."""

    source: Literal["it_load"]
    scale_to_max: Power | None = None
    """Largest power of all cooling units together, whichever of them is fed here."""
    cdu: Annotated[Whole, Field(ge=1)] | None = None
    """Which of the cooling units [-], from 1; None means all of them together."""


class Weather(Section):
    """A column of the site's weather file, named without its unit."""

    source: Literal["weather"]
    column: str


class Constant(Section):
    """One value for ever."""

    source: Literal["constant"]
    value: Amount


Feed = Annotated[ItLoad | Weather | Constant, Field(discriminator="source")]


class Signal(Section):
    """A sensor. Numbers without a unit are in `unit` (differences where that makes sense)."""

    unit: Unit
    of: Ref | None = None
    """Plant variable that it measures; None means the one of the signal's own name."""
    noise: Annotated[Number, Field(ge=0)] = 0.0
    """Standard deviation [unit]."""
    lag: Seconds = 0.0
    """Time constant of the sensor [s]."""
    resolution: Annotated[Number, Field(ge=0)] = 0.0
    """Step between two readings [unit]; 0 reads exactly."""
    range: Range | None = None
    """Lowest and highest reading [unit]."""

    @property
    def si_unit(self) -> str:
        """SI unit of what the sensor measures."""
        return si_unit(self.unit)

    @property
    def span(self) -> float | None:
        """From the lowest reading to the highest [unit]."""
        return None if self.range is None else self.range[1] - self.range[0]

    @property
    def noise_si(self) -> float:
        """Standard deviation [si_unit]."""
        return Quantity(self.noise, self.unit).difference_in(self.si_unit)

    @property
    def resolution_si(self) -> float:
        """Step between two readings [si_unit]."""
        return Quantity(self.resolution, self.unit).difference_in(self.si_unit)

    @property
    def range_si(self) -> tuple[float, float]:
        """Lowest and highest reading [si_unit]; infinite where the site gives none."""
        low, high = self.range or (-math.inf, math.inf)
        return Quantity(low, self.unit).to(self.si_unit), Quantity(high, self.unit).to(self.si_unit)


class Tcp(Section):
    """Modbus TCP."""

    transport: Literal["tcp"]
    host: str = "127.0.0.1"
    port: Annotated[Whole, Field(ge=1, le=65535)] = 502
    timeout: Annotated[Seconds, Field(gt=0)] | None = None


class Certified(Section):
    """An end of a TLS link: PEM files, relative to the site's folder."""

    cert: str
    key: str


class Tls(Certified):
    """Modbus/TCP Security; `cert` and `key` are those of the bench's own end."""

    transport: Literal["tls"]
    host: str = "127.0.0.1"
    port: Annotated[Whole, Field(ge=1, le=65535)] = 802
    ca: str
    """PEM file of the authorities that both ends trust."""
    server_name: str = ""
    """Name that the server's certificate must be for; empty: `host`."""
    role_needed: Annotated[bool, Field(strict=True)] = True
    """Whether the asking end refuses to start without a role in its certificate."""
    roles: Mapping[str, Literal["read", "write"]] = {}
    """Role in a client's certificate: what it may do where hukka serves."""
    emulated: Certified | None = None
    """The end of an emulated controller; None: the same files as the bench's."""
    timeout: Annotated[Seconds, Field(gt=0)] | None = None


class Rtu(Section):
    """Modbus RTU on a serial device, or on a pty that the bench opens."""

    transport: Literal["rtu"]
    device: str = "pty"
    baud: Literal[1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200] = 19200
    parity: Literal["N", "E", "O"] = "E"
    stop_bits: Literal[1, 2] = 1
    timeout: Annotated[Seconds, Field(gt=0)] | None = None


class RtuTcp(Section):
    """Modbus RTU through the raw TCP socket of a gateway; as the bench's own end, one master."""

    transport: Literal["rtu_tcp"]
    host: str = "127.0.0.1"
    port: Annotated[Whole, Field(ge=1, le=65535)]
    timeout: Annotated[Seconds, Field(gt=0)] | None = None
    """Of a unit's answer, with the time that the gateway's serial line takes for it [s]."""


class Loopback(Section):
    """Frames handed over inside one process."""

    transport: Literal["loopback"]


Link = Annotated[Tcp | Tls | Rtu | RtuTcp | Loopback, Field(discriminator="transport")]


class ServedBy(Section):
    """A station that serves registers which a controller in client role reads and writes."""

    link: str
    unit: Annotated[Whole, Field(ge=1, le=247)] = 1
    """Modbus unit id [-]."""


class Controller(Section):
    """A controller on a link, and which of its points mean which signals and plant inputs."""

    type: str
    link: str
    unit: Annotated[Whole, Field(ge=1, le=247)]
    """Modbus unit id [-]."""
    role: Literal["server", "client"] = "server"
    """`server` serves its registers; `client` reads and writes remote I/O that the bench serves."""
    served_by: ServedBy | None = None
    """Of a `client` at a real plant: its remote I/O, which a monitor may ask too."""
    emulated: Annotated[bool, Field(strict=True)] = True
    """Whether hukka plays the controller; false for a real one at the other end of the link."""
    serial_object: Annotated[Whole, Field(ge=128, le=255)] | None = None
    """Object of its identification (Modbus 43/14) that is its serial number [-]; each maker has its
    own."""
    settings: Mapping[str, Setting] = {}
    """Setting of the register map: value in its unit; what is not named keeps its default."""
    sensors: Mapping[str, Ref] = {}
    """Sensor point of the map: signal that it carries."""
    commands: Mapping[str, Ref] = {}
    """Command point of the map: plant input that it drives."""
    holds: Mapping[str, str] = {}
    """Command point: the sensor point that it is moved for, to hold it at a set point."""

    @property
    def map_name(self) -> str:
        """Name of the register map that the link carries."""
        return self.type if self.role == "server" else f"{self.type}_io"


class Accounts(Section):
    """Energy meters of the plant (FMU outputs in J) that add up to each figure of the report."""

    it: tuple[Ref, ...] = ()
    dc_auxiliary: tuple[Ref, ...] = ()
    recovered: tuple[Ref, ...] = ()
    delivered: tuple[Ref, ...] = ()
    electric: tuple[Ref, ...] = ()
    hp_heat: tuple[Ref, ...] = ()
    hp_electric: tuple[Ref, ...] = ()
    hp_auxiliary: tuple[Ref, ...] = ()
    hp_cooling: tuple[Ref, ...] = ()
    balance_in: tuple[Ref, ...] = ()
    balance_out: tuple[Ref, ...] = ()
    stored: tuple[Ref, ...] = ()


class Emission(Told):
    """CO2 of a unit of energy."""

    value: Annotated[Quantity, BeforeValidator(emission)]
    """In kg/MWh."""


class Price(Told):
    """Money for a unit of energy."""

    value: Annotated[Quantity, BeforeValidator(price)]
    """In EUR/MWh."""


class Factors(Section):
    """What the key figures on CO2 and cost need and no meter knows."""

    co2_electricity: Emission | None = None
    """CO2 of the electricity that heat pumps and their pumps take."""
    co2_replaced: Emission | None = None
    """CO2 of the heat that the network would get otherwise, boiler losses included."""
    price_electricity: Price | None = None
    price_recovered: Price | None = None
    """What the data centre is paid for the heat it hands over; negative where it pays."""


class Site(Section):
    """A whole site. `load_site` makes it; it knows the file it came from."""

    site: PartName
    title: str
    sources: tuple[str, ...] = ()
    plant: Plant
    boundary: Mapping[Ref, Feed] = {}
    """Plant input: what feeds it from outside the site."""
    weather: str | None = None
    """CSV file, relative to the site's folder."""
    signals: Mapping[Ref, Signal] = {}
    links: Mapping[PartName, Link] = {}
    controllers: Mapping[PartName, Controller] = {}
    twin: Mapping[PartName, TwinPart] = {}
    performance: Mapping[Ref, Sought] = {}
    """Figure, `PART.NAME`: the readings that it is made of."""
    accounts: Accounts = Accounts()
    factors: Factors = Factors()
    figures: Figures = Figures()

    _document: Document = PrivateAttr()

    @property
    def document(self) -> Document:
        """The file with its lines, for refusals."""
        return self._document

    @property
    def folder(self) -> Path:
        """Where the file is; what it names is relative to this."""
        return self._document.path.parent

    @property
    def weather_path(self) -> Path | None:
        """The weather file, if the site has one."""
        return None if self.weather is None else self.folder / self.weather

    @property
    def year_weather(self) -> str | None:
        """Weather file of a year: that of the public figures, or the one beside the site."""
        if self.figures.year is not None:
            return self.figures.year.weather
        return YEAR_FILE if (self.folder / YEAR_FILE).exists() else None

    @property
    def weather_files(self) -> tuple[str, ...]:
        """Weather files that the site names, relative to its folder: the runs' and the year's."""
        year = None if self.figures.year is None else self.figures.year.weather
        return tuple(name for name in (self.weather, year) if name is not None)

    def fmu_path(self, part: str) -> Path:
        """The .fmu file of a part: one of the site's own, or a built model by its name."""
        declared = self.plant.parts[part]
        if declared.fmu.endswith(".fmu"):
            return self.folder / declared.fmu
        if declared.structure:
            return self.built_folder / f"{built_name(declared.fmu, declared.structure)}.fmu"
        return BUILT_FMUS / f"{declared.fmu}.fmu"

    @property
    def built_folder(self) -> Path:
        """Where FMUs are that were built for this site alone."""
        return self.folder / "built"

    @property
    def commands(self) -> tuple[str, ...]:
        """Plant inputs (PART.INPUT) that controllers drive, in the order of the file."""
        return tuple(c for k in self.controllers.values() for c in k.commands.values())

    def variable(self, signal: str) -> str:
        """Plant variable (PART.VARIABLE) that a signal measures."""
        return self.signals[signal].of or signal
