"""The SDRAM's model in C++ (`sdram.hpp`): its settings, from the contract."""

from dataclasses import asdict, fields
from pathlib import Path

from lls_hw.contract.config import Config
from lls_hw.contract.sdram import SdramTiming
from lls_hw.contract.sdram_capture import exact
from lls_hw.contract.sdram_cycles import SdramCycles
from lls_hw.contract.timing_mover import expected_sdram

__all__ = ["HEADER", "model_settings", "simulated_sdram"]

HEADER = Path(__file__).with_name("sdram.hpp")
"""The model."""
_CLOCKS = ("t_mrd", "cas_latency", "power_up_refreshes")
"""Fields of `SdramTiming` that are no times."""


def model_settings(cycles: SdramCycles) -> str:
    """The text from which the model makes its `SdramChip`: ``name=value`` with commas between.

    Times are in ps, the frequency in Hz, the phase in thousandths of a degree.
    """
    chip, pads = cycles.chip, cycles.pads
    timing = asdict(chip.timing)
    settings: dict[str, int] = {
        name: getattr(chip, name) for name in ("rows", "columns", "banks", "width", "refreshes")
    }
    settings["refresh_window"] = _scaled(chip.refresh_window, 10**9)
    for item in fields(SdramTiming):
        scale = 1 if item.name in _CLOCKS else 1000
        settings[item.name] = _scaled(timing[item.name], scale)
    settings["round_trip_least"] = _scaled(pads.round_trip_least, 1000)
    settings["round_trip_most"] = _scaled(pads.round_trip_most, 1000)
    settings["frequency"] = _scaled(cycles.frequency, 10**6)
    settings["phase"] = _scaled(cycles.phase, 1000)
    return ",".join(f"{name}={value}" for name, value in settings.items())


def simulated_sdram(config: Config) -> SdramCycles | None:
    """The chip of a simulated board, if the engine has an external memory."""
    return expected_sdram(config.external_depth) if config.external_depth else None


def _scaled(value: float, scale: int) -> int:
    return round(exact(value) * scale)
