"""Exchange of sites with other tools: System Structure and Parameterization (Modelica Association).

Reads 1.0 and 2.0, writes 1.0. FMUs are read, never loaded.
"""

from twin.ssp.export_site import export_site
from twin.ssp.import_site import import_site

__all__ = ["export_site", "import_site"]
