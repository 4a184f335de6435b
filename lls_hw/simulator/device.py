"""A simulated board of any configuration, as a `Device`."""

from lls_hw.contract.config import Config
from lls_hw.driver.device import Device
from lls_hw.driver.transport import SimulatorTransport
from lls_hw.simulator.build import board_program

__all__ = ["simulated_device"]


def simulated_device(config: Config) -> Device:
    """Starts the board, compiling it if necessary; it ends when the device is closed.

    `Device.open("sim:PRESET")` does the same for the presets, without importing Amaranth.
    """
    label = f"{config.rows} x {config.cols} "
    command = [str(board_program(config, label)), "0", "--with-parent"]
    return Device(SimulatorTransport(command), config, name="the simulated board")
