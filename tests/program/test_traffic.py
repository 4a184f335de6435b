"""Ports of the external memory: planned cycles, counted cycles, their table and pictures."""

import pytest
from rich.console import Console

from lls_hw.bitstream.page.networks import network as page_of
from lls_hw.contract.config import preset
from lls_hw.contract.counters import PORTS, USES, Counters, port_counter
from lls_hw.contract.units import Operation
from lls_hw.network.file import load_network
from lls_hw.program.__main__ import main
from lls_hw.program.compiler import compile_network
from lls_hw.program.traffic import counted_ports, moved, planned_ports, port_table
from lls_hw.tools.style import USE_COLOURS

COUNTED = Counters(
    cycles=1000, forward_beats=1, gradient_beats=1, local_cycles=1, wait_cycles=0,
    memory_wait_cycles=0, mover_idle_cycles=250, mover_read_cycles=500, mover_write_cycles=250,
    host_idle_cycles=60, host_read_cycles=0, host_write_cycles=20,
)  # fmt: skip


def program(name="mlp", batch=16):
    return compile_network(load_network(name), preset("sdram"), batch)


def test_every_port_has_its_counters():
    names = {port_counter(port, use) for port in PORTS for use in USES}
    assert names == {name for name in Counters.__dataclass_fields__ if name.startswith(PORTS)}


def test_planned():
    """By hand: an mlp whose first two layers live outside; all is read twice, written once."""
    plan = program()
    assert [layer.outside for layer in plan.layers] == [True, True, False]
    weights = 784 * 128 + 128 * 64
    (port,) = planned_ports(plan)
    assert (port.port, port.read, port.write) == ("mover", 2 * weights, weights)
    assert port.total == plan.train_cycles
    assert moved(plan.infer, Operation.FILL) == weights
    assert moved(plan.infer, Operation.WRITE_BACK) == 0


def test_nothing_outside():
    plan = compile_network(load_network("mlp"), preset("large"), 16)
    assert planned_ports(plan) == []
    assert "Ports" not in page_of(plan, 75, 3_000_000)


def test_counted():
    mover, host = counted_ports(COUNTED)
    assert (mover.total, host.total) == (1000, 80)
    assert [mover.share(use) for use in USES] == [0.25, 0.5, 0.25]
    assert counted_ports(Counters(1, 2, 3, 4, 5, 6)) == []


def test_table():
    console = Console(record=True, width=120)
    console.print(port_table(counted_ports(COUNTED)))
    text = console.export_text()
    for cell in ("mover, in a training step", "host, since the step", "25.0%", "500", "75.0%"):
        assert cell in text


def test_page():
    """The mover's idle, read and write cycles share a bar, and a row, on a bitstream's page."""
    plan = program()
    (port,) = planned_ports(plan)
    page = page_of(plan, 75, 3_000_000)
    assert "Ports of its external memory" in page
    assert ", ".join(f"{port.share(use):.1%} {use}" for use in USES) in page
    cells = "".join(f"<td>{getattr(port, use):,}</td>" for use in USES)
    assert f"<td>mover</td>{cells}" in page
    widths = [f"width:{100 * port.share(use):.2f}%;background:{USE_COLOURS[use]}" for use in USES]
    assert all(width in page for width in widths)


def test_command_line(tmp_path, capsys):
    pytest.importorskip("matplotlib")
    path = tmp_path / "plan.svg"
    command = ["--network", "mlp", "--preset", "sdram", "--batch", "16", "--plot", str(path)]
    assert main(command) == 0
    (port,) = planned_ports(program())
    said = capsys.readouterr().out
    assert "ports of the external memory" in said and f"{port.read:,}" in said
    picture = path.read_text()
    assert "Ports of the external memory" in picture
    assert main([*command[:2], "--preset", "large", *command[4:]]) == 0
    assert "ports of the external memory" not in capsys.readouterr().out
    assert "Ports of the external memory" not in path.read_text()
