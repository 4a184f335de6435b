"""Open-source FPGA accelerator that trains deep networks on the board with local learning.

`Board`, `load_network`, `load_data` and `Model` are a session: docs/python.md shows it. They are
imported when they are first used.
"""

import signal
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from lls_hw.version import VERSION as __version__

if TYPE_CHECKING:
    from lls_hw.datasets.base import Dataset as Dataset
    from lls_hw.datasets.names import load_data as load_data
    from lls_hw.errors import LlsError as LlsError
    from lls_hw.network.file import load_network as load_network
    from lls_hw.network.layers import Conv as Conv
    from lls_hw.network.layers import Dense as Dense
    from lls_hw.network.network import Network as Network
    from lls_hw.network.network import Training as Training
    from lls_hw.report.write import write_report as write_report
    from lls_hw.session.board import Board as Board
    from lls_hw.session.model import Model as Model

if sys.argv[:1] == ["-m"] and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    # While `python -m lls_hw.train` is loaded, Ctrl-C ends it without a word, see `exit_status`.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

__all__ = [
    "Board", "Conv", "Dataset", "Dense", "LlsError", "Model", "Network", "Training", "__version__",
    "load_data", "load_network", "write_report",
]  # fmt: skip

_HOMES = {
    "Board": "session.board",
    "Conv": "network.layers",
    "Dataset": "datasets.base",
    "Dense": "network.layers",
    "LlsError": "errors",
    "Model": "session.model",
    "Network": "network.network",
    "Training": "network.network",
    "load_data": "datasets.names",
    "load_network": "network.file",
    "write_report": "report.write",
}
"""Module of each name."""


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
