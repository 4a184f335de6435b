"""What the command lines say of themselves is made from the definitions."""

import importlib
import re

import pytest

from lls_hw.adapt.distributions import SHIFT_NAMES
from lls_hw.boards import BOARDS
from lls_hw.contract.config import PRESETS
from lls_hw.datasets.names import DATA_NAMES
from lls_hw.doctor.finding import PURPOSES
from lls_hw.export.files import SUFFIXES
from lls_hw.network.file import network_names
from lls_hw.paper.rules import RULES

VARIANTS = [name for board in BOARDS.values() for name in board.variants]
NAMED = {
    "lls_hw.train": (DATA_NAMES, network_names(), PRESETS),
    "lls_hw.adapt.__main__": (DATA_NAMES, network_names(), PRESETS, SHIFT_NAMES),
    "lls_hw.export.__main__": (network_names(), SUFFIXES),
    "lls_hw.program.__main__": (network_names(), PRESETS),
    "lls_hw.simulator.__main__": (PRESETS,),
    "lls_hw.bitstream.boards": (BOARDS,),
    "lls_hw.fit.__main__": (network_names(), BOARDS),
    "lls_hw.explore.__main__": (DATA_NAMES, network_names(), PRESETS, BOARDS),
    "lls_hw.build": (network_names(), PRESETS, BOARDS, VARIANTS),
    "lls_hw.paper.reproduce": (DATA_NAMES, RULES),
    "lls_hw.evaluate": (DATA_NAMES, network_names(), PRESETS),
    "lls_hw.predict": (DATA_NAMES, network_names(), PRESETS),
    "lls_hw.paper.costs": (),
    "lls_hw.doctor.__main__": (PURPOSES,),
}
"""Module of each command line, and the names that its help lists."""


@pytest.mark.parametrize("module", NAMED)
def test_help_lists_every_name(module, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "1000")
    with pytest.raises(SystemExit) as end:
        importlib.import_module(module).main(["--help"])
    assert end.value.code == 0
    words = re.split(r"[\s,;:{}()`]+", capsys.readouterr().out)
    for names in NAMED[module]:
        missing = [name for name in names if name not in words]
        assert not missing
    assert "python" in words
