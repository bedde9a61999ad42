from collections.abc import Iterator
from pathlib import Path

import pytest
from probe_fmu import build_probe

from twin.plant import FmuFile, open_fmu


@pytest.fixture(scope="session")
def probe_paths(tmp_path_factory: pytest.TempPathFactory) -> dict[int, Path]:
    """The probe FMU in FMI 2.0 and 3.0."""
    folder = tmp_path_factory.mktemp("probes")
    return {fmi: build_probe(fmi, folder) for fmi in (2, 3)}


@pytest.fixture
def probe2(probe_paths: dict[int, Path]) -> Iterator[FmuFile]:
    with open_fmu(probe_paths[2]) as file:
        yield file


@pytest.fixture
def probe3(probe_paths: dict[int, Path]) -> Iterator[FmuFile]:
    with open_fmu(probe_paths[3]) as file:
        yield file


@pytest.fixture
def probes(probe2: FmuFile, probe3: FmuFile) -> dict[int, FmuFile]:
    return {2: probe2, 3: probe3}
