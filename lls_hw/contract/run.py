"""The RUN register: which program runs on which input buffer."""

from lls_hw.contract.fields import Layout

__all__ = ["INPUT_BUFFERS", "MAX_PROGRAM_DEPTH", "RUN"]

INPUT_BUFFERS = 2
"""The host fills one while the engine works on the other."""
RUN = Layout(buffer=1, first=12)
"""Input buffer, and number of the first descriptor."""
MAX_PROGRAM_DEPTH = 1 << RUN["first"].bits
