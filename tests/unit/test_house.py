"""House rules that no linter knows: files load, stay short, and say nothing of one machine."""

import re
import subprocess
from pathlib import Path

import pytest

from twin.registers import load_map
from twin.site import list_sites, load_site
from twin.site.load import SITES

ROOT = Path(__file__).resolve().parents[2]
LONGEST = 400
MAPS = sorted((ROOT / "firmware_sim" / "maps").glob("*.csv"))

# parts are joined here so that this file does not break its own rule
HOME = re.compile(r"(?<![\w.~-])/(?:home|root|work|Users)" + r"/[\w.-]+|[A-Z]:\\\\?Users")
REGISTRY = re.compile(
    r"--(?:extra-)?index-" + r"url|trusted-" + r"host"
    r"|https?://[\w.:-]*(?:" + "|".join(("artifactory", "nexus", "devpi", "proxy", "mirror")) + ")",
    re.IGNORECASE,
)


def tracked() -> list[Path]:
    """Files of the repository that are text; ignored ones are not ours."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    found = [ROOT / name for name in listed.stdout.split("\0") if name]
    return [f for f in found if f.is_file() and b"\0" not in f.read_bytes()[:8000]]


@pytest.mark.parametrize("path", MAPS, ids=lambda p: p.stem)
def test_every_register_map_loads(path: Path) -> None:
    assert load_map(path).points


def test_there_are_maps() -> None:
    assert MAPS


@pytest.mark.parametrize("name", list_sites())
def test_every_site_loads_under_its_own_name(name: str) -> None:
    assert load_site(name).site == name


def test_every_site_folder_is_a_site() -> None:
    folders = {f.name for f in SITES.iterdir() if f.is_dir() and f.name != "__pycache__"}
    assert folders == set(list_sites())


def test_code_files_are_short() -> None:
    rooms = {"twin", "hil", "firmware_sim", "fmus", "sites", "benchmarks"}
    code = [
        f
        for f in tracked()
        if f.suffix in {".py", ".c", ".h"} and f.relative_to(ROOT).parts[0] in rooms
    ]
    lines = {str(f.relative_to(ROOT)): len(f.read_text("utf-8").splitlines()) for f in code}
    assert code
    assert {name: n for name, n in lines.items() if n > LONGEST} == {}


def test_nothing_is_of_one_machine() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}"
        for path in tracked()
        for number, line in enumerate(path.read_text("utf-8", "replace").splitlines(), 1)
        if HOME.search(line) or REGISTRY.search(line)
    ]
    assert found == []


def test_the_machine_rule_finds_what_it_is_for() -> None:
    assert HOME.search("see /" + "home/anna/hukka")
    assert REGISTRY.search("--index" + "-url https://example.org")
    assert not HOME.search("shared/data and twin/work/things")
