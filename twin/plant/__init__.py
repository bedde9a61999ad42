"""The plant that is simulated: FMUs in a network, and the sensors that look at it."""

from twin.plant.fmu import FmuFile, Running, described, open_fmu
from twin.plant.network import Network, NetworkState
from twin.plant.sensors import SensorFault, Sensors, SensorSpec
from twin.plant.variable import FmuVariable

__all__ = [
    "FmuFile",
    "FmuVariable",
    "Network",
    "NetworkState",
    "Running",
    "SensorFault",
    "SensorSpec",
    "Sensors",
    "described",
    "open_fmu",
]
