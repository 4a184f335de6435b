"""Networks on the page of a build: those with weights outside have the mover's row too."""

import pytest

from lls_hw.bitstream.page.networks import network
from lls_hw.contract.config import preset
from lls_hw.contract.usb import SERIAL_RATE, link_name
from lls_hw.network.file import load_network
from lls_hw.program.compiler import compile_network
from lls_hw.program.speed import ENGINE, speed


@pytest.mark.parametrize(("name", "rows"), [("tinyconv", 2), ("smallconv", 3)])
def test_timeline(name, rows):
    page = network(compile_network(load_network(name), preset("sdram"), 8), 75, 3_000_000)
    assert page.count('<div class="row">') == rows
    assert ("weights out" in page) == (rows == 3)
    assert "Of samples in the external memory, " in page


@pytest.mark.parametrize(
    ("baud", "limit"),
    [
        (3_000_000, link_name(3_000_000)),
        (SERIAL_RATE, link_name(SERIAL_RATE)),
        (100_000_000, ENGINE),
    ],
)
def test_what_limits_is_said_with_its_number(baud, limit):
    program = compile_network(load_network("tinyconv"), preset("small"), 8)
    rate = speed(program, 80, baud)
    page = network(program, 80, baud)
    assert rate.limit == limit and rate.stored_limit is None
    assert f"{min(rate.engine, rate.link):,.0f} training samples a second: the {limit} lim" in page
    assert f"{rate.engine:,.0f} samples/s" in page and f"{rate.link:,.0f} samples/s" in page
