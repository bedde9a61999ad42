"""Limits of a monitor when their file is wrong: those that were right last."""

from hil.monitor.settings_files import LAST, in_use, kept_settings, wrong_files
from twin.site import load_site

SITE = load_site("mantsala")
LIMIT = "limits: {warm: {signal: cooling_loop.T_supply, above: 250 K, deadband: 1 K}}\n"


def test_limits_outlive_a_mistake_in_their_file(tmp_path):
    path = tmp_path / "alarms.yaml"
    path.write_text(LIMIT)
    found, wrong = kept_settings(tmp_path, SITE)
    assert ([*found.limits], wrong) == (["warm"], "")
    assert (tmp_path / LAST).read_text() == LIMIT
    path.write_text(LIMIT.replace("above", "abuve"))
    found, wrong = kept_settings(tmp_path, SITE)
    assert [*found.limits] == ["warm"]
    assert "alarms.yaml" in wrong
    assert "abuve" in wrong
    assert "as they were before" in wrong
    assert "alarms.yaml" in wrong_files(tmp_path, SITE)
    path.unlink()  # taken away on purpose: that is no mistake
    assert kept_settings(tmp_path, SITE)[0].limits == {}
    path.write_text("limits: [")
    assert kept_settings(tmp_path, SITE)[0].limits == {}


def test_without_any_that_were_right_there_are_none_and_it_says_so(tmp_path):
    (tmp_path / "alarms.yaml").write_text("nonsense: 1\n")
    found, wrong = kept_settings(tmp_path, SITE)
    assert found.limits == {}
    assert "there are no limits" in wrong
    assert not (tmp_path / LAST).exists()


def test_a_folder_is_in_use_when_rows_are_in_it(tmp_path):
    assert not in_use(tmp_path)
    (tmp_path / "weeks").mkdir()
    assert not in_use(tmp_path)
    (tmp_path / "weeks" / "2026-W48.sqlite").touch()
    assert in_use(tmp_path)
