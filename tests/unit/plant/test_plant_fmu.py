"""FMU files and instances: what is refused at load, and what an instance does."""

import zipfile
from pathlib import Path

import fmpy
import pytest
from probe_fmu import DISCARD, SOURCES, compile_c, pack

from twin.errors import BadInput, PlantLost
from twin.plant import FmuFile, open_fmu


def refused(path: Path) -> str:
    with pytest.raises(BadInput) as refusal:
        open_fmu(path)
    assert str(path) in str(refusal.value)
    return str(refusal.value)


@pytest.fixture
def empty_library(tmp_path: Path) -> Path:
    (tmp_path / "empty.c").write_text("int nothing(void) { return 0; }\n")
    library = tmp_path / f"empty{fmpy.sharedLibraryExtension}"
    compile_c([tmp_path / "empty.c"], library)
    return library


@pytest.mark.parametrize("fmi", [2, 3])
def test_identity(probes: dict[int, FmuFile], fmi: int) -> None:
    file = probes[fmi]
    assert (file.fmi, file.model_name, file.token) == (fmi, "Probe", "{probe}")
    assert len(file.sha256) == 64
    assert file.variables["y"].causality == "output"


def test_files_are_removed_at_close(probe_paths: dict[int, Path]) -> None:
    with open_fmu(probe_paths[2]) as file:
        folder = file.folder
        assert (folder / "modelDescription.xml").is_file()
    assert not folder.exists()
    file.close()  # twice is fine


def test_unpacks_where_it_is_told(probe_paths: dict[int, Path], tmp_path: Path) -> None:
    with open_fmu(probe_paths[2], scratch=tmp_path) as file:
        assert file.folder.parent == tmp_path
    assert not list(tmp_path.iterdir())


def test_broken_description_names_the_fmu(tmp_path: Path, empty_library: Path) -> None:
    text = (SOURCES / "probe2.xml").read_text().replace('start="0.1"', 'start="warm"')
    path = pack(tmp_path / "broken.fmu", text, empty_library, 2)
    assert "broken.fmu: modelDescription.xml:12 gain.start = 'warm'" in refused(path)


def test_without_description(tmp_path: Path) -> None:
    path = tmp_path / "bare.fmu"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("readme.txt", "nothing here")
    assert "modelDescription.xml: is missing" in refused(path)


def test_other_platforms_only(tmp_path: Path) -> None:
    path = tmp_path / "foreign.fmu"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("modelDescription.xml", (SOURCES / "probe2.xml").read_text())
        archive.writestr("binaries/vax/probe.so", "x")
        archive.writestr("binaries/amiga/probe.so", "x")
    assert "it has binaries for amiga, vax" in refused(path)


def test_library_that_is_none(tmp_path: Path) -> None:
    library = tmp_path / "noise"
    library.write_bytes(b"not a library")
    path = pack(tmp_path / "noise.fmu", (SOURCES / "probe2.xml").read_text(), library, 2)
    assert "cannot be loaded" in refused(path)


@pytest.mark.skipif(fmpy.system != "linux", reason="the loader's sentence differs")
def test_missing_shared_library_is_named(tmp_path: Path, empty_library: Path) -> None:
    (tmp_path / "needy.c").write_text("int nothing(void);\nint need(void) { return nothing(); }\n")
    library = tmp_path / "needy.so"
    compile_c([tmp_path / "needy.c", empty_library], library)
    empty_library.unlink()
    path = pack(tmp_path / "needy.fmu", (SOURCES / "probe2.xml").read_text(), library, 2)
    assert "empty.so: cannot open shared object file" in refused(path)


def test_library_without_fmi_functions(tmp_path: Path, empty_library: Path) -> None:
    path = pack(tmp_path / "empty.fmu", (SOURCES / "probe2.xml").read_text(), empty_library, 2)
    with open_fmu(path) as file, pytest.raises(BadInput, match=r"empty\.fmu: .*fmi2"):
        file.instantiate("x")


@pytest.mark.parametrize("fmi", [2, 3])
def test_one_step_by_hand(probes: dict[int, FmuFile], fmi: int) -> None:
    """dy/dt = gain (u - y) over one explicit step, y(0) = 1."""
    file = probes[fmi]
    instance = file.instantiate("lag")
    instance.set(file.variables["gain"], 0.5)
    instance.enter_init(0.0)
    instance.set_reals([0], [3.0])
    instance.exit_init()
    instance.step(0.0, 0.25)
    assert instance.get_reals([1, 2]) == [1.25, 7.25]  # y + 0.25 * 0.5 * (3 - 1), 2 u + y


@pytest.mark.parametrize("fmi", [2, 3])
def test_state_is_saved_and_restored(probes: dict[int, FmuFile], fmi: int) -> None:
    instance = probes[fmi].instantiate("lag")
    instance.enter_init(0.0)
    instance.set_reals([0], [3.0])
    instance.exit_init()
    before = instance.save()

    def ten_steps() -> list[float]:
        for k in range(10):
            instance.step(float(k), 1.0)
        return instance.get_reals([1])

    first = ten_steps()
    assert first != ten_steps()
    instance.restore(before)
    assert ten_steps() == first


def test_wrong_token_brings_the_fmus_own_words(tmp_path: Path, probe2: FmuFile) -> None:
    text = (SOURCES / "probe2.xml").read_text().replace('guid="{probe}"', 'guid="{other}"')
    path = pack(tmp_path / "other.fmu", text, probe2.library, 2)
    with (
        open_fmu(path) as file,
        pytest.raises(PlantLost, match=r"part: .*last message: wrong guid"),
    ):
        file.instantiate("part")


@pytest.mark.parametrize("fmi", [2, 3])
def test_failure_names_function_status_and_message(probes: dict[int, FmuFile], fmi: int) -> None:
    instance = probes[fmi].instantiate("part")
    instance.set(probes[fmi].variables["trip"], DISCARD)
    instance.enter_init(0.0)
    instance.exit_init()
    with pytest.raises(
        PlantLost, match=rf"part: fmi{fmi}DoStep answered fmi{fmi}Discard; .*tripped"
    ):
        instance.step(0.0, 1.0)


def test_once_per_process(tmp_path: Path, probe2: FmuFile) -> None:
    text = (SOURCES / "probe2.xml").read_text()
    text = text.replace("<CoSimulation", '<CoSimulation canBeInstantiatedOnlyOncePerProcess="true"')
    with open_fmu(pack(tmp_path / "single.fmu", text, probe2.library, 2)) as file:
        first = file.instantiate("first")
        with pytest.raises(BadInput, match="only once in a process, 'second' would be twice"):
            file.instantiate("second")
        first.close()
        file.instantiate("second")
