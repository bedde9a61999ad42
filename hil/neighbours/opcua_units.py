"""Units of measurement and qualities in the words of OPC UA."""

from dataclasses import dataclass
from typing import Final

from twin.signals import Quality

UNITS_URI: Final = "http://www.opcfoundation.org/UA/units/un/cefact"

# unit -> (common code of UN/ECE recommendation 20, what people read)
_CODES: dict[str, tuple[str, str]] = {
    "-": ("C62", "1"),
    "1": ("C62", "1"),
    "%": ("P1", "%"),
    "K": ("KEL", "K"),
    "degC": ("CEL", "°C"),
    "W": ("WTT", "W"),
    "kW": ("KWT", "kW"),
    "MW": ("MAW", "MW"),
    "J": ("JOU", "J"),
    "Wh": ("WHR", "W·h"),
    "kWh": ("KWH", "kW·h"),
    "MWh": ("MWH", "MW·h"),
    "GWh": ("GWH", "GW·h"),
    "kg/s": ("KGS", "kg/s"),
    "kg/h": ("E93", "kg/h"),
    "Pa": ("PAL", "Pa"),
    "kPa": ("KPA", "kPa"),
    "bar": ("BAR", "bar"),
    "mbar": ("MBR", "mbar"),
    "MPa": ("MPA", "MPa"),
    "s": ("SEC", "s"),
    "min": ("MIN", "min"),
    "h": ("HUR", "h"),
    "W/K": ("D52", "W/K"),
    "W/(m.K)": ("D53", "W/(m·K)"),
    "W/(m2.K)": ("D55", "W/(m²·K)"),
    "J/K": ("JE", "J/K"),
    "m": ("MTR", "m"),
    "m2": ("MTK", "m²"),
    "m3": ("MTQ", "m³"),
    "m/s": ("MTS", "m/s"),
    "m3/s": ("MQS", "m³/s"),
    "m3/h": ("MQH", "m³/h"),
    "l/s": ("G51", "l/s"),
    "l/min": ("L2", "l/min"),
    "V": ("VLT", "V"),
    "kV": ("KVT", "kV"),
    "A": ("AMP", "A"),
    "mA": ("4K", "mA"),
    "Hz": ("HTZ", "Hz"),
    "1/min": ("RPM", "1/min"),
    "1/s": ("C97", "1/s"),
    "1/K": ("C91", "1/K"),
    "VA": ("D46", "V·A"),
    "kVA": ("KVA", "kV·A"),
    "var": ("D44", "var"),
    "kvar": ("KVR", "kvar"),
}

STATUS: Final[dict[Quality, str]] = {
    Quality.GOOD: "Good",
    Quality.NOT_YET: "BadWaitingForInitialData",
    Quality.TIMEOUT: "BadTimeout",
    Quality.REFUSED: "BadDeviceFailure",
    Quality.GARBLED: "BadCommunicationError",
    Quality.OUT_OF_RANGE: "BadOutOfRange",
    Quality.NO_VALUE: "BadSensorFailure",
    Quality.LINK_DOWN: "BadNoCommunication",
    Quality.STALE: "UncertainLastUsableValue",
}
"""Quality of a reading -> name of the status code."""


@dataclass(frozen=True)
class EngineeringUnit:
    """EUInformation of OPC UA, without its library."""

    identifier: int
    """-1 where the recommendation has no code."""
    shown: str


def engineering_unit(unit: str) -> EngineeringUnit:
    """A unit of ours."""
    if unit not in _CODES:
        return EngineeringUnit(-1, unit)
    code, shown = _CODES[unit]
    return EngineeringUnit(int.from_bytes(code.encode("ascii"), "big"), shown)
