"""Downloads official files from stable sources and checks the published MD5 sums."""

import hashlib
import http.client
import tarfile
import urllib.request
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

from rich.progress import DownloadColumn, Progress, TransferSpeedColumn

from lls_hw.datasets.base import DataError
from lls_hw.tools.files import replacing

__all__ = ["SOURCES", "Source", "check_unpacked", "download"]


@dataclass(frozen=True)
class Source:
    """A file and its source. Archives are unpacked."""

    url: str
    md5: str

    @property
    def name(self) -> str:
        """File name."""
        return self.url.rsplit("/", 1)[1]

    @property
    def archive(self) -> bool:
        """It is unpacked."""
        return self.name.endswith((".tar.gz", ".tgz", ".zip"))


_MNIST = "https://ossci-datasets.s3.amazonaws.com/mnist/"
_FASHION = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
_CIFAR = "https://www.cs.toronto.edu/~kriz/"

SOURCES = {
    "mnist": (
        Source(_MNIST + "train-images-idx3-ubyte.gz", "f68b3c2dcbeaaa9fbdd348bbdeb94873"),
        Source(_MNIST + "train-labels-idx1-ubyte.gz", "d53e105ee54ea40749a09fcbcd1e9432"),
        Source(_MNIST + "t10k-images-idx3-ubyte.gz", "9fb629c4189551a2d022fa330f9573f3"),
        Source(_MNIST + "t10k-labels-idx1-ubyte.gz", "ec29112dd5afa0611ce80d1b7f02629c"),
    ),
    "fashion-mnist": (
        Source(_FASHION + "train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
        Source(_FASHION + "train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe"),
        Source(_FASHION + "t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79"),
        Source(_FASHION + "t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310"),
    ),
    "cifar10": (Source(_CIFAR + "cifar-10-binary.tar.gz", "c32a1d4ab5d03f1284b67883e8d87530"),),
    "cifar100": (Source(_CIFAR + "cifar-100-binary.tar.gz", "03b5dce01913d631647c71ecec9e9cb8"),),
    "imagenette": (
        Source("https://s3.amazonaws.com/fast-ai-imageclas/imagenette2-160.tgz",
               "e793b78cc4c9e9a4ccc0c1155377a412"),
    ),
    "tinyimagenet": (
        Source("http://cs231n.stanford.edu/tiny-imagenet-200.zip",
               "90528d7ca1a48142e341f4ef8d21d0de"),
    ),
}  # fmt: skip
"""Sources by data set. Visual Wake Words has none: its scripts make it from COCO."""


def download(name: str, folder: Path) -> None:
    """Downloads and unpacks missing files; a file appears in `folder` only if its sum is right.

    What was interrupted is done again.
    """
    if name not in SOURCES:
        raise DataError(
            f"There is no stable source for {name}; put its official files into {folder}."
        )
    for source in SOURCES[name]:
        path = folder / source.name
        fetched = not path.is_file()
        if fetched:
            _fetch(source, path)
        if source.archive and (fetched or _begun(path).exists()):
            _unpack(path)


def check_unpacked(name: str, folder: Path) -> None:
    """DataError if the unpacking of an archive was interrupted: pictures would be missing."""
    for source in SOURCES.get(name, ()):
        mark = _begun(folder / source.name)
        if mark.exists():
            raise DataError(
                f"{folder / source.name} was not unpacked completely; load it with download=True, "
                f"or unpack it again yourself and remove {mark.name}."
            )


def _begun(archive: Path) -> Path:
    """A file that is there from before an archive appears until all of it is unpacked."""
    return archive.with_name(f"{archive.name}.unpacking")


def _fetch(source: Source, path: Path) -> None:
    digest = hashlib.md5(usedforsecurity=False)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with replacing(path) as partial:
            _copy(source, partial, digest)
            if digest.hexdigest() != source.md5:
                raise DataError(
                    f"{source.url} returned a file with MD5 {digest.hexdigest()} instead of "
                    f"{source.md5}; try again later."
                )
            if source.archive:
                _begun(path).touch()
    except DataError:
        raise
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise DataError(
            f"{source.url} cannot be downloaded to {path} ({error}); try again, or put the file "
            "there yourself."
        ) from error


def _copy(source: Source, partial: Path, digest: "hashlib._Hash") -> None:
    """Brings a file, and its sum."""
    columns = (*Progress.get_default_columns(), DownloadColumn(), TransferSpeedColumn())
    with (
        urllib.request.urlopen(source.url, timeout=60) as answer,
        partial.open("wb") as file,
        Progress(*columns, transient=True) as progress,
    ):
        size = int(answer.headers.get("Content-Length") or 0)
        bar = progress.add_task(source.name, total=size or None)
        while chunk := answer.read(1 << 20):
            digest.update(chunk)
            file.write(chunk)
            progress.update(bar, advance=len(chunk))


def _unpack(path: Path) -> None:
    """Unpacks an archive into its folder; leaves other files unchanged."""
    try:
        if path.suffix == ".zip":
            with zipfile.ZipFile(path) as archive:
                archive.extractall(path.parent)
        else:
            with tarfile.open(path) as tar:
                tar.extractall(path.parent, filter="data")
        _begun(path).unlink(missing_ok=True)
    except (OSError, EOFError, zlib.error, tarfile.TarError, zipfile.BadZipFile) as error:
        raise DataError(
            f"{path} cannot be unpacked ({error}); make room there and try again."
        ) from error
