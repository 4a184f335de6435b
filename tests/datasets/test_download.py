"""Download from a server on this machine: checksums, archives, what is left after a failure."""

import hashlib
import http.server
import io
import tarfile
import threading
import zipfile
from functools import partial

import pytest

from lls_hw.datasets import download as module
from lls_hw.datasets.download import SOURCES, Source, download
from lls_hw.datasets.names import DataError, load_data
from tests.datasets.test_cifar import write_binary10


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def served(tmp_path):
    """A folder, and the URL of a server of its files."""
    folder = tmp_path / "served"
    folder.mkdir()
    server = http.server.ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Quiet, directory=str(folder))
    )
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def md5(path):
    return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()


def test_an_archive_is_fetched_checked_and_read(served, tmp_path, monkeypatch):
    folder, url = served
    write_binary10(tmp_path / "made" / "cifar-10-batches-bin")
    archive = folder / "cifar-10-binary.tar.gz"
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(tmp_path / "made" / "cifar-10-batches-bin", "cifar-10-batches-bin")
    monkeypatch.setitem(SOURCES, "cifar10", (Source(url + archive.name, md5(archive)),))
    data = load_data("cifar10", tmp_path / "data", download=True)
    assert len(data.train_labels) == 20
    archive.unlink()  # the second time nothing is fetched
    assert len(load_data("cifar10", tmp_path / "data", download=True).train_labels) == 20


def test_a_zip_file_is_unpacked(served, tmp_path, monkeypatch):
    folder, url = served
    with zipfile.ZipFile(folder / "some.zip", "w") as archive:
        archive.writestr("some/file.txt", "content")
    monkeypatch.setitem(SOURCES, "some", (Source(url + "some.zip", md5(folder / "some.zip")),))
    download("some", tmp_path / "data")
    assert (tmp_path / "data" / "some" / "file.txt").read_text() == "content"


def test_a_file_address_works_too(tmp_path, monkeypatch):
    (tmp_path / "plain.gz").write_bytes(b"bytes")
    source = Source((tmp_path / "plain.gz").as_uri(), md5(tmp_path / "plain.gz"))
    monkeypatch.setitem(SOURCES, "plain", (source,))
    download("plain", tmp_path / "data")
    assert (tmp_path / "data" / "plain.gz").read_bytes() == b"bytes"


def test_a_wrong_checksum_leaves_nothing(served, tmp_path, monkeypatch):
    folder, url = served
    (folder / "x.gz").write_bytes(b"other")
    monkeypatch.setitem(SOURCES, "x", (Source(url + "x.gz", "0" * 32),))
    with pytest.raises(DataError, match="instead of 0000"):
        download("x", tmp_path / "data")
    assert list((tmp_path / "data").iterdir()) == []


def test_a_missing_file_is_said(served, tmp_path, monkeypatch):
    monkeypatch.setitem(SOURCES, "x", (Source(served[1] + "absent.gz", "0" * 32),))
    with pytest.raises(DataError, match="absent.gz cannot be downloaded"):
        download("x", tmp_path / "data")


def test_an_archive_cannot_write_elsewhere(served, tmp_path, monkeypatch):
    folder, url = served
    with tarfile.open(folder / "bad.tgz", "w:gz") as tar:
        entry = tarfile.TarInfo("../outside.txt")
        entry.size = 4
        tar.addfile(entry, io.BytesIO(b"evil"))
    monkeypatch.setitem(SOURCES, "bad", (Source(url + "bad.tgz", md5(folder / "bad.tgz")),))
    with pytest.raises(DataError, match="cannot be unpacked"):
        download("bad", tmp_path / "data")
    assert not (tmp_path / "outside.txt").exists()


def test_what_has_no_source_is_said(tmp_path):
    with pytest.raises(DataError, match="no stable source for vww"):
        load_data("vww", tmp_path, download=True)


def test_sources_are_complete():
    """Every file has a name and a checksum of 32 digits."""
    for sources in module.SOURCES.values():
        for source in sources:
            assert source.name and len(bytes.fromhex(source.md5)) == 16
