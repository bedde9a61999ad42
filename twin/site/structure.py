"""Under which name an FMU lies that was built for one site's structure."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def built_name(model: str, structure: Mapping[str, Any]) -> str:
    """`DistrictNetwork-3f9a12c4`: another structure is another file, so none is out of date."""
    text = json.dumps(structure, sort_keys=True, default=str)
    return f"{model}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"
