"""What to type for a package that is not there."""

import importlib.metadata
import re
import sys
import tomllib

import pytest

from bench.style import ROOT
from lls_hw.errors import LlsError
from lls_hw.tools import packages
from lls_hw.tools.packages import install, package_of, require, requirements

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DECLARED = [
    re.match(r"[\w.-]+", text)[0]
    for texts in (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
    for text in texts
]
"""Packages in pyproject.toml."""


def test_optional_packages_are_in_pyproject():
    for module, package in packages._MODULES.items():
        assert package in DECLARED
        assert package_of(f"{module}.inner") == package_of(module) == package
    assert package_of("numpy") is None and package_of(None) is None


def test_torch_is_an_extra():
    extras = PROJECT["optional-dependencies"]
    assert not [text for text in PROJECT["dependencies"] if text.startswith("torch")]
    assert [text.partition(">")[0] for text in extras["golden"]] == ["torch"]
    assert "lls-hw[golden]" in extras["paper"] and "golden" in extras["dev"][0]


def test_versions_come_from_the_metadata(monkeypatch):
    lines = ["numpy>=2.0", "torch<3,>=2.4; extra == 'golden'", "lls-hw[golden]; extra == 'dev'",
             "torch; extra == 'dev'", "Pillow>=11 ; extra == \"data\""]  # fmt: skip
    monkeypatch.setattr(packages.importlib.metadata, "requires", lambda name: lines)
    assert [tuple(found) for found in requirements()] == [
        ("numpy", ">=2.0", None), ("torch", "<3,>=2.4", "golden"), ("torch", "", "dev"),
        ("Pillow", ">=11", "data"),
    ]  # fmt: skip
    assert install("torch", "other") == "pip install 'torch<3,>=2.4' other"


def test_a_checkout_that_is_not_installed(monkeypatch):
    def requires(name):
        raise importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(packages.importlib.metadata, "requires", requires)
    assert requirements() == [] and install("torch") == "pip install torch"


def test_require(monkeypatch):
    require("sys", "Nothing")
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(LlsError) as error:
        require("torch", "The golden model needs PyTorch")
    said = f"The golden model needs PyTorch, which is not installed; run: {install('torch')}."
    assert str(error.value) == said
