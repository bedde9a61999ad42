"""The observers of a site: one a part, their innovations side by side, one `Step` a minute."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.estimation.observer import PartObserver, Window
from twin.estimation.physics import Cause, Disturbance, PartModel
from twin.plant.equations import Equations
from twin.plant.fmu import FmuFile
from twin.site.faults import Fault, faults_of
from twin.site.model import Site
