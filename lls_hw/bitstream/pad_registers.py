"""Registers that belong into the pads of a Lattice ECP5: those of pads that go both ways."""

from typing import Any

__all__ = ["pad_registers"]


def pad_registers(cells: dict[str, Any]) -> list[str]:
    """Flip-flops that drive, enable or sample a pad of the kind BIDIR, and nothing else.

    `cells` are those of a Yosys netlist. In the pads, all data pins have the same delays.
    """
    readers: dict[int, int] = {}
    for cell in cells.values():
        ways = cell.get("port_directions", {})
        for port, bits in cell.get("connections", {}).items():
            if ways.get(port) == "input":
                for bit in bits:
                    readers[bit] = readers.get(bit, 0) + 1
    pads = [
        cell["connections"]
        for cell in cells.values()
        if cell["type"] == "TRELLIS_IO" and cell["parameters"].get("DIR") == "BIDIR"
    ]
    driving = {bit for pad in pads for port in ("I", "T") for bit in pad[port]}
    sampled = {bit for pad in pads for bit in pad["O"]}

    def alone(bits: list[int], pins: set[int]) -> bool:
        return any(bit in pins and readers[bit] == 1 for bit in bits)

    registers = {
        name: cell.get("connections", {})
        for name, cell in cells.items()
        if cell["type"] == "TRELLIS_FF"
    }
    return [
        name
        for name, ports in registers.items()
        if alone(ports.get("Q", []), driving) or alone(ports.get("DI", []), sampled)
    ]
