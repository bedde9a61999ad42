"""What docs/reference/alarms.md shows is what there is: its files load, its tables are complete."""

import re
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from hil.alarms import AlarmRow, load_settings
from hil.tell.sections import load_tell
from hil.tell.wording import Voice, of_alarm, of_flood, words
from twin.alarms.listed import Listed
from twin.alarms.priority import BY_CONSEQUENCE, consequences
from twin.alarms.rates import DAY_NS, rates
from twin.alarms.telling import Say, What
from twin.site import load_site

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "alarms.md").read_text("utf-8")
BLOCKS = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
ALARM = Listed(1, "twin", "p/p.fan_loss", "p", "p.fan_loss", "p.T", "high", since_ns=1, raised_ns=2)


@pytest.mark.parametrize(("block", "load"), [*zip(BLOCKS, (load_settings, load_tell), strict=True)])
def test_the_files_load(tmp_path, block, load):
    path = tmp_path / "file.yaml"
    path.write_text(block, encoding="utf-8")
    found = load(path, load_site("mantsala"))
    assert found != type(found)()


def test_every_rate_is_there():
    names = [f.name for f in rates([], [], 0, DAY_NS).figures]
    for name in names:
        assert re.search(rf"`(alarms)?{re.escape(name.removeprefix('alarms'))}`", PAGE), name


def test_every_key_of_a_row_and_of_a_message_is_there():
    voice = Voice("s", "en", ZoneInfo("UTC"), "https://desk")
    one = of_alarm(voice, "k", Say("raised", 1, 0), ALARM, {"check": "x"})
    many = of_flood(voice, "k", Say("flood", None, 0, numbers=(1,), count=10), [ALARM])
    row = AlarmRow.__dataclass_fields__
    for key in {*one.data, *many.data, *row}:
        assert f"`{key}`" in PAGE, key


def test_every_consequence_is_there():
    for word in {*BY_CONSEQUENCE, *consequences().values()}:
        assert f"| `{word}` | {BY_CONSEQUENCE[word]} |" in PAGE, word


@pytest.mark.parametrize("language", ["en", "fi"])
def test_every_fault_and_every_message_has_words(language):
    known = words(language)
    assert all(known.values())
    for fault in consequences():
        assert f"fault.{fault}" in known
    for what in What.__args__:
        assert what in known
        assert f"`{what}`" in PAGE
