"""The cache of build steps."""

import os

from lls_hw.tools.cache import Cache, digest


def test_an_entry_comes_back_as_it_was(tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    for folder in (source, target):
        folder.mkdir()
    (source / "a").write_text("one")
    (source / "b.log").write_bytes(bytes(range(256)))
    cache = Cache(tmp_path / "cache")
    assert not cache.fetch("k", target)
    cache.store("k", [source / "a", source / "b.log"], 61.25)
    assert cache.fetch("k", target)
    assert sorted(os.listdir(target)) == ["a", "b.log"]
    assert (target / "b.log").read_bytes() == bytes(range(256))
    assert os.listdir(tmp_path / "cache") == ["k.tar.gz"]
    assert cache.seconds("k") == 61.2 and cache.seconds("other") is None


def test_a_damaged_entry_is_none(tmp_path):
    cache = Cache(tmp_path)
    file = tmp_path / "k.tar.gz"
    file.write_bytes(b"\x1f\x8b\x08 cut off")
    assert cache.seconds("k") is None
    assert not cache.fetch("k", tmp_path)
    assert not file.exists()


def test_what_was_used_longest_ago_goes_first(tmp_path):
    data = tmp_path / "data"
    data.write_bytes(os.urandom(4000))
    cache = Cache(tmp_path / "cache", limit=9000)
    for age, key in enumerate(("old", "used", "new")):
        cache.store(key, [data], 0)
        os.utime(tmp_path / "cache" / f"{key}.tar.gz", (age, age))
        if key == "used":
            assert cache.fetch("old", tmp_path)
    assert sorted(os.listdir(tmp_path / "cache")) == ["new.tar.gz", "old.tar.gz"]


def test_what_a_killed_build_left_is_removed(tmp_path):
    (tmp_path / "file").write_text("content")
    for name in (".partial-old", ".partial-new"):
        (tmp_path / "cache" / name).mkdir(parents=True)
    os.utime(tmp_path / "cache" / ".partial-old", (0, 0))
    Cache(tmp_path / "cache").store("k", [tmp_path / "file"], 0)
    assert sorted(os.listdir(tmp_path / "cache")) == [".partial-new", "k.tar.gz"]


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path, capsys):
    (tmp_path / "file").touch()
    cache = Cache(tmp_path / "file" / "cache")
    cache.store("k", [tmp_path / "file"], 0)
    assert "Nothing is cached in" in capsys.readouterr().err
    assert not cache.fetch("k", tmp_path)


def test_digest_separates_its_parts():
    assert digest("ab", "c") != digest("a", "bc")
    assert digest("ab") == digest(b"ab")
