"""The processes that settings ask for, and that each of them is a module that can be run."""

from importlib.util import find_spec
from pathlib import Path

from hil.neighbours.settings import Mqtt, Neighbours, Opcua
from hil.neighbours.workers import workers


def test_only_what_is_asked_for():
    file, data = Path("neighbours.yaml"), Path("data")
    assert workers(Neighbours(), file, "a.yaml", "a", data) == []
    told = Neighbours(mqtt=Mqtt(broker="mqtt://localhost"), opcua=Opcua())
    mqtt, opcua = workers(told, file, "a.yaml", "a", data)
    assert (mqtt.config["site"], opcua.config["site"]) == ("a", "a.yaml")
    for worker in (mqtt, opcua):
        assert find_spec(worker.module) is not None
        assert Path(worker.config["data"]).is_absolute()
        assert worker.config["neighbours"] == str(file.absolute())
