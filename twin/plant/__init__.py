"""The plant that is simulated: FMUs in a network, and the sensors that look at it."""

from twin.plant.description import FmuVariable
from twin.plant.fmu import FmuFile, open_fmu
from twin.plant.network import Network, NetworkState
from twin.plant.sensors import SensorFault, Sensors, SensorSpec

__all__ = [
    "FmuFile",
    "FmuVariable",
    "Network",
    "NetworkState",
    "SensorFault",
    "SensorSpec",
    "Sensors",
    "open_fmu",
]
