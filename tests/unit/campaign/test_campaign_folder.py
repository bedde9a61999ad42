"""The out folder: whole files, its own campaign only, failed runs again."""

import pytest
from campaign_samples import outcome

from hil.campaign.folder import Folder
from hil.campaign.work import Commissioned
from twin.errors import BadInput

MINE = {"seed": 1, "plants": ["a"], "site": "mantsala"}


def test_what_is_kept_is_there_again(tmp_path):
    done = Commissioned(b"numbers", {"part.fouling": 1.5, "part.T.noise": None}, 28.0)
    run = outcome("quiet")
    folder = Folder(tmp_path / "new" / "out", MINE)
    assert folder.commissioned("a") is None
    assert folder.outcome(run.scenario.key) is None
    folder.keep_commissioned("a", {}, done)
    folder.keep_outcome(run)
    again = Folder(tmp_path / "new" / "out", dict(reversed(MINE.items())))
    assert again.commissioned("a") == done
    assert again.outcome(run.scenario.key) == run


def test_a_commissioning_without_its_description_does_not_count(tmp_path):
    folder = Folder(tmp_path, MINE)
    (tmp_path / "plants" / "a.learned").write_bytes(b"half")
    assert folder.commissioned("a") is None


def test_a_failed_run_is_run_again(tmp_path):
    failed = outcome("quiet", error="lost")
    folder = Folder(tmp_path, MINE)
    folder.keep_outcome(failed)
    assert folder.outcome(failed.scenario.key) is None


def test_the_folder_of_another_campaign_is_refused(tmp_path):
    Folder(tmp_path, MINE)
    with pytest.raises(BadInput, match="another campaign: seed is 1 there, 2 here"):
        Folder(tmp_path, {**MINE, "seed": 2})


def test_what_differs_is_named_however_long_what_stands_beside_it(tmp_path):
    both = {"a" * 40: "0" * 64, "weather.csv": "1" * 64}
    Folder(tmp_path, {**MINE, "outside": both})
    with pytest.raises(BadInput, match=r'outside: weather\.csv is "1+\.\.\. there, "2+\.\.\. here'):
        Folder(tmp_path, {**MINE, "outside": {**both, "weather.csv": "2" * 64}})
    with pytest.raises(BadInput, match=r"outside: weather\.csv is .* there, null here"):
        Folder(tmp_path, {**MINE, "outside": {"a" * 40: "0" * 64}})


def test_the_runs_of_another_code_are_refused_in_words(tmp_path):
    Folder(tmp_path, {**MINE, "code": "0" * 64})
    with pytest.raises(BadInput, match="another campaign: the code is another: sources of hukka"):
        Folder(tmp_path, {**MINE, "code": "1" * 64})
    with pytest.raises(BadInput, match="seed is 1 there, 2 here"):
        Folder(tmp_path, {**MINE, "code": "1" * 64, "seed": 2})


def test_a_folder_from_before_the_code_was_noted_is_refused_in_words(tmp_path):
    Folder(tmp_path, MINE)
    with pytest.raises(BadInput, match="which code its runs are of is not said there"):
        Folder(tmp_path, {**MINE, "code": "0" * 64, "seed": 2})


@pytest.mark.parametrize("text", ["", "[1]", "{"])
def test_a_broken_description_is_refused(tmp_path, text):
    Folder(tmp_path, MINE)
    (tmp_path / "campaign.json").write_text(text)
    with pytest.raises(BadInput, match="--out"):
        Folder(tmp_path, MINE)


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "runs").mkdir()
    with pytest.raises(BadInput, match=r"has no campaign\.json"):
        Folder(tmp_path, MINE)


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(BadInput, match="--out"):
        Folder(tmp_path / "out", MINE)
