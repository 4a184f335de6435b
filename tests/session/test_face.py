"""`import lls_hw`: what it shows, and what it does not import."""

import subprocess
import sys

import pytest

import lls_hw
from lls_hw.version import VERSION

ALONE = """
import sys, lls_hw
assert lls_hw.__version__ and "Board" in dir(lls_hw)
print(*sorted({name.partition(".")[0] for name in sys.modules} & {"torch", "amaranth", "numpy"}))
lls_hw.load_network("digits"), lls_hw.load_data, lls_hw.Board, lls_hw.Model
print(*sorted({name.partition(".")[0] for name in sys.modules} & {"torch", "amaranth"}))
"""


def test_nothing_heavy_is_imported():
    """Not even by a session, until it has a golden model or compiles a board."""
    command = [sys.executable, "-c", ALONE]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "\n\n"


@pytest.mark.parametrize("name", lls_hw.__all__)
def test_every_name_exists(name):
    assert getattr(lls_hw, name).__doc__ or name == "__version__"
    assert name in dir(lls_hw)


def test_other_names_do_not():
    with pytest.raises(AttributeError, match="'lls_hw' has no attribute 'Bord'"):
        lls_hw.Bord  # noqa: B018
    assert lls_hw.__version__ == VERSION
