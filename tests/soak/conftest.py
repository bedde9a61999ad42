"""What the soak shares with tests of the system: a plant, a broker, free ports."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "system"))
