"""Dashboards ask for metrics and labels that `/metrics` has, of the source that is provisioned."""

import json
import re
from pathlib import Path

import pytest
from plant_view import PlantView
from prometheus_client.parser import text_string_to_metric_families
from ruamel.yaml import YAML

from hil.neighbours.metrics import rendered

GRAFANA = Path(__file__).parents[3] / "docs" / "grafana"
BOARDS = sorted((GRAFANA / "dashboards").glob("*.json"))
SCRAPED = {"instance", "job"}
"""Labels that Prometheus itself adds."""


def known() -> dict[str, set[str]]:
    """Name of a sample -> its labels."""
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(rendered(PlantView()).decode()):
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def board(path: Path) -> dict:
    return json.loads(path.read_text("utf-8"))


def queries(told: dict) -> list[tuple[str, str]]:
    """Every question to the data source, and what a line of its answer is called."""
    panels = [(t["expr"], t["legendFormat"]) for p in told["panels"] for t in p["targets"]]
    return panels + [(v["query"]["query"], "") for v in told["templating"]["list"]]


def test_there_are_dashboards():
    assert [path.stem for path in BOARDS] == ["alarms", "desk", "links", "plant"]
    uids = [board(path)["uid"] for path in BOARDS]
    assert len(set(uids)) == len(uids)


@pytest.mark.parametrize("path", BOARDS, ids=lambda p: p.stem)
def test_metrics_and_labels_are_there(path):
    metrics = known()
    for query, legend in queries(board(path)):
        names = re.findall(r"\bhukka_\w+", query)
        assert names, query
        labels = set(re.findall(r"(\w+)=[\"~]", query)) | set(re.findall(r"{{(\w+)}}", legend))
        labels |= {w for group in re.findall(r"(?:by|on) ?\(([^)]*)\)", query)
                   for w in group.replace(" ", "").split(",")}  # fmt: skip
        for name in names:
            assert name in metrics, f"{path.name}: {name}"
        there = set.union(*(metrics[name] for name in names)) | SCRAPED
        assert labels <= there, f"{path.name}: {query}: {labels - there}"


@pytest.mark.parametrize("path", BOARDS, ids=lambda p: p.stem)
def test_panels_have_units_and_do_not_overlap(path):
    taken = set()
    for panel in board(path)["panels"]:
        assert panel["title"]
        assert panel["fieldConfig"]["defaults"]["unit"]
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert max(x for x, _ in cells) < 24
        assert not cells & taken, panel["title"]
        taken |= cells


def test_the_data_source_is_the_one_that_is_asked():
    yaml = YAML(typ="safe")
    (source,) = yaml.load(GRAFANA / "provisioning/datasources/hukka.yaml")["datasources"]
    for path in BOARDS:
        told = json.dumps(board(path))
        assert set(re.findall(r'"uid": "(hukka)"', told)) == {source["uid"]}
    (provider,) = yaml.load(GRAFANA / "provisioning/dashboards/hukka.yaml")["providers"]
    assert provider["options"]["path"] in (GRAFANA.parent / "how-to/grafana.md").read_text("utf-8")
    scrape = yaml.load(GRAFANA / "prometheus.yml")["scrape_configs"]
    assert scrape[0]["job_name"] == "hukka"


def test_most_of_what_is_told_is_shown():
    shown = {
        n for path in BOARDS for q, _ in queries(board(path)) for n in re.findall(r"hukka_\w+", q)
    }
    assert set(known()) - shown == set()
