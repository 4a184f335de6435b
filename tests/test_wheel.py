"""What an installation puts into site-packages: one package, `lls_hw`, with all of its parts."""

import re
import shutil
import subprocess
import sys
import zipfile

import pytest

from bench.style import ROOT, sources


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The wheel. It is built from a copy, because setuptools writes beside the sources."""
    copy = tmp_path_factory.mktemp("sources")
    for name in ("lls_hw", "golden", "boards"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, copy / name, symlinks=True, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index",
         "--no-cache-dir", "--quiet", "--wheel-dir", str(copy / "wheels"), str(copy)],
        check=True,
    )  # fmt: skip
    (wheel,) = (copy / "wheels").iterdir()
    return wheel


@pytest.fixture(scope="module")
def names(wheel):
    """Files of the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_one_package_and_its_description(names):
    """Packages called `golden` and `boards` are others' on PyPI."""
    top = {name.partition("/")[0] for name in names}
    top.remove("lls_hw")
    (description,) = top
    assert re.fullmatch(r"lls_hw-[0-9.]+\.dist-info", description)


def test_every_module_is_there(names):
    expected = {source.name for source in sources(ROOT / "lls_hw")}
    for folder in ("golden", "boards"):
        expected |= {f"lls_hw/{source.name}" for source in sources(ROOT / folder)}
    assert {name for name in names if name.endswith(".py")} == expected
    assert {"lls_hw/golden/model.py", "lls_hw/boards/ulx3s.py", "lls_hw/train.py"} <= expected
    assert not [name for name in names if "test" in name.removeprefix("lls_hw/golden/self_test")]


def test_data_files_are_there(names):
    """All files of the package that are no Python are installed with it."""
    there = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "lls_hw").rglob("*")
        if path.is_file() and path.suffix not in (".py", ".pyc")
    }
    assert {
        "lls_hw/py.typed", "lls_hw/simulator/harness.cpp", "lls_hw/bitstream/estimate.json",
        "lls_hw/network/library/mlp.toml",
    } <= there  # fmt: skip
    assert there <= names
    others = {name for name in names if not name.endswith(".py") and ".dist-info/" not in name}
    assert others == there
