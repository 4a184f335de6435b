"""Serial ports on USB: which board each may be, whether it can be opened, how quick it is."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lls_hw.boards import boards_at
from lls_hw.contract.usb import is_ours
from lls_hw.doctor.finding import Finding
from lls_hw.driver.usb_port import USB

__all__ = ["LATENCY", "ports"]

LATENCY = "/sys/bus/usb-serial/devices/{name}/latency_timer"
"""Milliseconds for which an FTDI chip keeps bytes back, on Linux."""
QUICK = 1
"""What the driver sets it to."""


def ports() -> Iterator[Finding]:
    """A line for each port, or one that says there is none."""
    from serial.tools.list_ports import comports

    found = [port for port in comports() if port.vid is not None]
    if not found:
        yield Finding("serial port", None, "no USB serial port; connect a board", {"load"})
    for port in found:
        if os.access(port.device, os.R_OK | os.W_OK):
            yield Finding(port.device, _said(port), purposes={"load"})
        else:
            remedy = f"{_said(port)}, no access; sudo usermod -aG {_group(port.device)} $USER"
            yield Finding(port.device, None, f"{remedy}, then log in again", {"load"})


def _said(port: Any) -> str:
    """The board that it may be, what it calls itself, its latency timer."""
    text = " ".join(filter(None, (port.manufacturer, port.product, port.description)))
    boards = [board.title for board in boards_at(port.vid, port.pid, text)]
    parts = [f"perhaps {' or '.join(boards)}"] if boards else []
    if is_ours(port.vid, port.pid, port.product or ""):
        parts = [f"{' or '.join(boards)} with --device {USB}"]
    parts.append(f"{port.description}, USB {port.vid:04x}:{port.pid:04x}")
    try:
        latency = int(Path(LATENCY.format(name=Path(port.device).name)).read_text())
    except (OSError, ValueError):
        return ", ".join(parts)
    lowered = "" if latency <= QUICK else f", which the driver sets to {QUICK} ms"
    return ", ".join([*parts, f"latency timer {latency} ms{lowered}"])


def _group(device: str) -> str:
    """The group that may use a device."""
    try:
        return Path(device).group()
    except (OSError, KeyError):
        return "dialout"
