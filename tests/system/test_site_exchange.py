"""`hukka site export` and `import`: a reference site goes out and comes back sound."""

import zipfile

from bench_processes import hukka


def test_a_reference_site_comes_back_whole(tmp_path):
    file, folder = tmp_path / "m.ssp", tmp_path / "back"
    done = hukka("site", "export", "mantsala", str(file))
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{file}: mantsala, 3 FMUs, ")
    done = hukka("site", "import", str(file), "--out", str(folder))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{folder / 'site.yaml'}: now run `hukka check {folder}`\n"
    done = hukka("check", str(folder))
    assert done.returncode == 0, done.stderr
    assert "sound: 3 FMUs, 21 signals, 8 commands of 3 controllers" in done.stdout
    assert hukka("faults", str(folder)).stdout == hukka("faults", "mantsala").stdout


def test_an_archive_without_our_own_files_is_a_site_that_lacks_nothing_to_step(tmp_path):
    file, foreign = tmp_path / "m.ssp", tmp_path / "foreign.ssp"
    hukka("site", "export", "mantsala", str(file))
    with zipfile.ZipFile(file) as old, zipfile.ZipFile(foreign, "w") as new:
        for name in old.namelist():
            if not name.startswith("extra/"):
                new.writestr(name, old.read(name))
    assert hukka("site", "import", str(foreign), "--out", str(tmp_path / "back")).returncode == 0
    done = hukka("check", str(tmp_path / "back"))
    assert done.returncode == 0, done.stderr
    assert "sound: 3 FMUs" in done.stdout


def test_a_bad_file_is_one_line_and_exit_code_2(tmp_path):
    (tmp_path / "bad.ssp").write_text("not a zip")
    done = hukka("site", "import", str(tmp_path / "bad.ssp"), "--out", str(tmp_path / "out"))
    assert done.returncode == 2
    assert "bad.ssp: is not a zip archive" in done.stderr
    assert "Traceback" not in done.stderr
    done = hukka("site", "export", "mantsla", str(tmp_path / "x.ssp"))
    assert done.returncode == 2
    assert "did you mean 'mantsala'?" in done.stderr
    done = hukka("site", "export", "mantsala", str(tmp_path / "no" / "x.ssp"))
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
