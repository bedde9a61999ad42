"""The reference page names every metric and quality, and nothing that is not there."""

import re
from pathlib import Path

import pytest
from plant_view import PlantView
from prometheus_client.parser import text_string_to_metric_families

from hil.neighbours.metrics import rendered
from hil.neighbours.opcua_units import STATUS, engineering_unit
from hil.neighbours.settings import Metrics, Mqtt, Opcua, load_neighbours
from twin.signals import Quality, known_units

PAGE = (Path(__file__).parents[3] / "docs/reference/neighbours.md").read_text("utf-8")


def test_every_metric_with_its_labels():
    rows = re.findall(r"^\| `(hukka_\w+)` \| ([^|]*)\|", PAGE, re.MULTILINE)
    told = {name: set(re.findall(r"`(\w+)`", labels)) for name, labels in rows}
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(rendered(PlantView()).decode()):
        for sample in family.samples:
            kind = re.match(r"hukka_(measured|command|predicted|band)_", sample.name)
            name = f"hukka_{kind[1]}_UNIT" if kind else sample.name
            found.setdefault(name, set()).update(sample.labels)
    assert told == found


def test_every_quality_with_number_and_status():
    numbers = re.search(r"`hukka_signal_quality`.*", PAGE)[0]
    rows = dict(re.findall(r"^\| ([a-z ]+) \| (\w+) \|$", PAGE, re.MULTILINE))
    for quality in Quality:
        word = quality.name.lower().replace("_", " ")
        assert f"{int(quality)} {word}" in numbers
        assert rows[word] == STATUS[quality]


@pytest.mark.parametrize(
    ("section", "model"), [("mqtt", Mqtt), ("opcua", Opcua), ("metrics", Metrics)]
)
def test_every_setting(section, model):
    table = PAGE[PAGE.index(f"| `{section}`") :].split("\n\n")[0]
    told = set(re.findall(r"`(\w+)`", "".join(re.findall(r"^\| (`.*?`) \| ", table, re.MULTILINE))))
    assert told - {section} == set(model.model_fields)


def test_the_example_is_valid(tmp_path):
    text = re.search(r"```yaml neighbours.yaml\n(.*?)```", PAGE, re.DOTALL)[1]
    for name in re.findall(r"_file: (\S+)", text):
        (tmp_path / name).write_text("s3cret\n")
        (tmp_path / name).chmod(0o600)
    (tmp_path / "neighbours.yaml").write_text(text)
    found = load_neighbours(tmp_path / "neighbours.yaml")
    assert found.mqtt.prefix == "plants/hukka"
    assert found.opcua.user == "scada"


def test_codes_of_units():
    """Figures of the OPC Foundation's list (UNECE to OPC UA)."""
    known = {
        "%": 20529,
        "degC": 4408652,
        "K": 4932940,
        "kW": 4937556,
        "Pa": 5259596,
        "bar": 4342098,
    }
    known |= {"W": 5723220, "kg/s": 4933459, "-": 4404786, "Hz": 4740186, "m3/h": 5067080}
    for unit, identifier in known.items():
        assert engineering_unit(unit).identifier == identifier, unit
    for unit in known_units():
        assert engineering_unit(unit).identifier > 0 or unit == "1/kPa"
