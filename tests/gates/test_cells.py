"""Our models of cells do what the cells do: each beside a description bit by bit.

`bench/gates.py` checks the models of the other families in the same way.
"""

from tests.gates.cell_bench import run_bench
from tests.gates.netlist import family


def test_block_ram_and_multiplier_of_the_ecp5(tmp_path):
    wrong, met = run_bench(family("ecp5"), tmp_path)
    assert wrong == 0
    assert met > 0
