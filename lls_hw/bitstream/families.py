"""The flow for each family of devices."""

from typing import Any

from lls_hw.bitstream.ecp5 import Ecp5
from lls_hw.bitstream.flow import Flow
from lls_hw.bitstream.ice40 import Ice40
from lls_hw.bitstream.report import CapacityError
from lls_hw.bitstream.xilinx import Xilinx

__all__ = ["FAMILIES", "flow_of"]

FAMILIES: dict[str, type[Flow]] = {"LFE5": Ecp5, "iCE40UP": Ice40, "xc7a": Xilinx}
"""Flows by the prefixes of the devices' names."""


def flow_of(platform: Any) -> Flow:
    """The flow for the device of an amaranth-boards platform."""
    for prefix, flow in FAMILIES.items():
        if platform.device.lower().startswith(prefix.lower()):
            return flow.of(platform)
    raise CapacityError(
        f"There is no flow for the device {platform.device}; "
        f"devices begin with {', '.join(FAMILIES)}."
    )
