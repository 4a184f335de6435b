"""Bitstreams: from an engine and a board to files that a programmer loads.

`BoardBuild` and `CoreBuild` are all that a command line needs; the other modules are their steps.
"""

from lls_hw.bitstream.board import REPORTS, BoardBuild
from lls_hw.bitstream.core import NO_BOARD, CoreBuild
from lls_hw.bitstream.options import OptionError, parser

__all__ = ["NO_BOARD", "REPORTS", "BoardBuild", "CoreBuild", "OptionError", "parser"]
