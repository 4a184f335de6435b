"""`bench/accuracy.py --jobs FILE` with a file that cannot be read: one sentence."""

import sys

import pytest

from bench import accuracy


@pytest.mark.parametrize(
    ("name", "reason"),
    [("none.txt", "No such file or directory"), (".", "Is a directory"), ("noise", "not text")],
)
def test_jobs_that_cannot_be_read(name, reason, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "noise").write_bytes(b"\xff\xfe\xfd")
    monkeypatch.setattr(sys, "argv", ["accuracy.py", "--jobs", name])
    assert accuracy.main() == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"The file of --jobs, {name}, cannot be read (") and reason in line
    assert line.endswith("; name a file with the options of one training in each line.")
