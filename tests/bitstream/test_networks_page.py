"""Networks on the page of a build: those with weights outside have the mover's row too."""

import pytest

from lls_hw.bitstream.page.networks import network
from lls_hw.contract.config import preset
from lls_hw.network.file import load_network
from lls_hw.program.compiler import compile_network


@pytest.mark.parametrize(("name", "rows"), [("tinyconv", 2), ("smallconv", 3)])
def test_timeline(name, rows):
    page = network(compile_network(load_network(name), preset("sdram"), 8), 75, 3_000_000)
    assert f'viewBox="0 0 1000 {34 * rows}"' in page
    assert ("weights out" in page) == (rows == 3)
    assert "Of stored samples: " in page
