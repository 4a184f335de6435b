"""Address spaces and control registers: what the host can read and write, defined once.

Every transfer on the link is a run of elements of one `Space`, starting at an element address.
Gateware, driver, design.json, tests and docs read this file.
"""

from collections.abc import Callable
from enum import IntEnum

import numpy as np

from lls_hw.contract.address import ADDRESS_BITS
from lls_hw.contract.channels import CHANNEL_ELEMENTS
from lls_hw.contract.config import IMAGE_BANKS, Config
from lls_hw.contract.counters import COUNTER_BITS, COUNTER_NAMES
from lls_hw.contract.description import WORDS as DESCRIPTION_WORDS
from lls_hw.contract.descriptor import FIELDS, WORDS
from lls_hw.contract.fields import Layout
from lls_hw.contract.formats import CLASS_BITS, MOMENTUM_SHIFT_MAX, PROBABILITY_FRACTION
from lls_hw.contract.memory_check import COUNT_BITS, FOUND, PASS, STATE
from lls_hw.contract.run import INPUT_BUFFERS, RUN
from lls_hw.contract.samples import SAMPLE_BITS
from lls_hw.contract.tally import TALLY
from lls_hw.contract.trace import trace_elements

__all__ = [
    "COUNTERS",
    "DESCRIPTION_START",
    "DIGEST",
    "IMAGE_PLACE",
    "IMAGE_SHAPE",
    "MAGIC",
    "RESULT",
    "RUN",
    "SAMPLE",
    "SAMPLE_SIZE",
    "TEST_CONTROLS",
    "TEST_RESULTS",
    "Register",
    "Space",
]

MAGIC = 0x4C4C5331

RESULT = Layout(probability=PROBABILITY_FRACTION + 1, prediction=CLASS_BITS)
"""Result of a sample: Q15 probability of its label, and the predicted class."""
SAMPLE = Layout(address=ADDRESS_BITS, absent=1)
"""A stored sample: its first element in the external memory. One that is `absent` is left out: the
host writes it itself."""
SAMPLE_SIZE = Layout(elements=SAMPLE_BITS, image=1)
"""Of stored samples."""
IMAGE_SHAPE = Layout(width=FIELDS["out_width"], channels=3)
"""Of the images that are written."""
_BANK_BITS = (IMAGE_BANKS - 1).bit_length()
IMAGE_PLACE = Layout(bank=_BANK_BITS, word=ADDRESS_BITS - _BANK_BITS)
"""Where a row of images begins: row g in bank g % IMAGE_BANKS, word (g // IMAGE_BANKS) * width."""
DIGEST = Layout(low=32, high=32)
"""The configuration digest, in two registers."""
DESCRIPTION_START = 48
"""First of the registers that hold the configuration (`lls_hw/contract/description.py`)."""
_WORD = Layout(value=32)


class Space(IntEnum):
    """Address spaces. Elements travel little-endian.

    Access waits until the engine is idle, except where `while_running` says otherwise.
    """

    def __new__(
        cls,
        number: int,
        dtype: str,
        access: str,
        while_running: bool,
        capacity: Callable[[Config], int],
        doc: str,
    ) -> "Space":
        member = int.__new__(cls, number)
        member._value_ = number
        member.dtype = np.dtype(dtype)
        member.access = access
        member.while_running = while_running
        member._capacity = capacity
        member.__doc__ = doc
        return member

    dtype: np.dtype
    """NumPy type of an element, as on the link."""
    access: str
    """r, w or rw: what the host may do."""
    while_running: bool
    """The host need not wait until the engine is idle."""
    _capacity: Callable[[Config], int]

    CONTROL = (
        0, "<u4", "rw", True, lambda c: DESCRIPTION_START + DESCRIPTION_WORDS,
        "Control registers (`Register`); a write to RUN waits until idle. The configuration can be "
        f"read from {DESCRIPTION_START} on (`lls_hw/contract/description.py`).",
    )  # fmt: skip
    PROGRAM = (
        1, "<u4", "w", False, lambda c: c.program_depth * WORDS,
        f"Descriptors, {WORDS} elements each (`lls_hw/contract/descriptor.py`).",
    )  # fmt: skip
    ACT = (
        2, "i1", "w", True, lambda c: c.act_depth * c.act_word,
        "Activation memory, one int8 an element; address = word * act_word + channel.",
    )  # fmt: skip
    LABEL = (
        3, "u1", "w", True, lambda c: INPUT_BUFFERS * c.max_batch,
        "Labels; buffer b, sample n at b * max_batch + n.",
    )  # fmt: skip
    WEIGHT = (
        4, "<i2", "rw", False, lambda c: c.weight_depth * c.cols,
        "Weights, one int16 an element; address = word * cols + column.",
    )  # fmt: skip
    BASIS = (
        5, "<u4", "w", False, lambda c: c.basis_depth * c.basis_parts,
        "Basis: as many entries as 32 bits hold, `lanes` a word.",
    )  # fmt: skip
    STATE = (
        6, "<u4", "rw", False, lambda c: c.max_layers,
        "Layer states: requantisation shift of each layer.",
    )  # fmt: skip
    IMAGE = (
        8, "i1", "w", True, lambda c: IMAGE_BANKS * c.image_depth * c.image_channels,
        "Images, one int8 an element, from the place in IMAGE_PLACE on.",
    )  # fmt: skip
    TRACE = (
        9, "<u4", "r", False, trace_elements,
        "When the operations of the last run began and ended (`lls_hw/contract/trace.py`).",
    )  # fmt: skip
    MODULATION = (
        10, "<i2", "rw", False, lambda c: c.modulation_depth,
        "Modulations (LLS-M, LLS-MxM), one int16 an element.",
    )  # fmt: skip
    VELOCITY = (
        11, "<i4", "rw", False, lambda c: c.weight_depth * c.cols * c.momentum,
        "Velocities (momentum), one int32 for each element of `WEIGHT`.",
    )  # fmt: skip
    CHANNEL = (
        12, "<u4", "rw", False, lambda c: CHANNEL_ELEMENTS * c.channel_depth,
        "Channel states (`lls_hw/contract/channels.py`), "
        f"{CHANNEL_ELEMENTS} elements each; written with the last one.",
    )  # fmt: skip
    EXTERNAL = (
        13, "<i2", "rw", False, lambda c: c.external_depth,
        "External memory, one int16 an element.",
    )  # fmt: skip
    SAMPLE = (
        14, "<u4", "w", True, lambda c: INPUT_BUFFERS * c.max_batch * (c.external_depth > 0),
        "Samples (`SAMPLE`) that the board brings from the external memory to the inputs and the "
        "labels; buffer b, sample n at b * max_batch + n, in rising order from n = 0 on.",
    )  # fmt: skip
    TALLY = (
        15, "<u4", "r", False, lambda c: len(TALLY) * (c.external_depth > 0),
        "Sums over all results since reset (`lls_hw/contract/tally.py`).",
    )  # fmt: skip
    RESULT = (
        7, "<u4", "r", False, lambda c: INPUT_BUFFERS * c.max_batch,
        "Results (`RESULT`); buffer b, sample n at b * max_batch + n.",
    )  # fmt: skip

    @property
    def element_bytes(self) -> int:
        """Size of an element on the link."""
        return self.dtype.itemsize

    @property
    def readable(self) -> bool:
        """The host may read it."""
        return "r" in self.access

    @property
    def writable(self) -> bool:
        """The host may write it."""
        return "w" in self.access

    def capacity(self, config: Config) -> int:
        """Elements of the space; 0 if the engine is built without it."""
        return self._capacity(config)


class Register(IntEnum):
    """Control registers, by element address in `Space.CONTROL`."""

    def __new__(
        cls,
        address: int,
        access: str,
        fields: Layout,
        doc: str,
        while_running: bool = False,
        event: bool = False,
    ) -> "Register":
        member = int.__new__(cls, address)
        member._value_ = address
        member.access = access
        member.fields = fields
        member.while_running = while_running
        member.event = event
        member.__doc__ = doc
        return member

    access: str
    """r, w or rw: what the host may do."""
    fields: Layout
    """What the 32 bits mean."""
    while_running: bool
    """A write need not wait until the engine is idle; a read never waits."""
    event: bool
    """A write makes something happen and is not kept."""

    MAGIC = 0, "r", _WORD, f"Reads {MAGIC:#x}, the bytes '1SLL'."
    DIGEST_LOW = 1, "r", _WORD, "Low half of the configuration digest."
    DIGEST_HIGH = 2, "r", _WORD, "High half of the configuration digest."
    RUN = (
        3, "w", RUN, "Run the program: input buffer, and number of the first descriptor.",
        False, True,
    )  # fmt: skip
    STEP = (
        4, "rw", _WORD,
        "Training step number; seeds stochastic rounding, +1 after each training run.",
    )  # fmt: skip
    CLOCK = 12, "r", _WORD, "Cycles since reset, modulo 2**32."
    IMAGE_SHAPE = (
        10, "w", IMAGE_SHAPE, "Width and channels of the images that are written.", True,
    )  # fmt: skip
    IMAGE_PLACE = (
        11, "w", IMAGE_PLACE,
        "Bank and word of the image memory in which the next element of `Space.IMAGE` begins a "
        "row.", True, True,
    )  # fmt: skip
    MOMENTUM_SHIFT = (
        13, "w", Layout(shift=MOMENTUM_SHIFT_MAX.bit_length()),
        "Momentum is 1 - 2**-s for this s; 0 for s = 0.",
    )  # fmt: skip
    SAMPLE_SIZE = (
        15, "w", SAMPLE_SIZE,
        "Of stored samples: int8 elements, and whether they go to `Space.IMAGE` or `Space.ACT`.",
    )  # fmt: skip
    SAMPLE_START = (
        16, "w", _WORD,
        "Where stored samples go in input buffer 0: element of `Space.ACT`, or `IMAGE_PLACE`.",
    )  # fmt: skip
    SAMPLE_BUFFER = 17, "w", _WORD, "The same from input buffer 0 to input buffer 1."
    SAMPLE_STEP = 18, "w", _WORD, (
        "The same from one sample of a batch to the next; past the last bank, a row's words more."
    )  # fmt: skip
    CYCLES = 5, "r", Layout(count=COUNTER_BITS), "Cycles from start to end of the last run."
    FORWARD_BEATS = 6, "r", Layout(count=COUNTER_BITS), (
        "Cycles of the last run in which the array did forward products."
    )  # fmt: skip
    GRADIENT_BEATS = 7, "r", Layout(count=COUNTER_BITS), (
        "Cycles of the last run in which the array did weight-gradient products."
    )  # fmt: skip
    LOCAL_CYCLES = 8, "r", Layout(count=COUNTER_BITS), (
        "Cycles of the last run in which the local update unit was busy."
    )  # fmt: skip
    WAIT_CYCLES = 9, "r", Layout(count=COUNTER_BITS), (
        "Cycles of the last run in which the array waited for the local update unit."
    )  # fmt: skip
    MEMORY_WAIT_CYCLES = 14, "r", Layout(count=COUNTER_BITS), (
        "Cycles of the last run in which an idle array waited for the external memory alone."
    )  # fmt: skip
    TEST_PLACE = (
        24, "w", Layout(address=ADDRESS_BITS),
        "Element of `Space.EXTERNAL` at which the next pass of the memory test begins.",
        False, True,
    )  # fmt: skip
    TEST_VALUE = (
        25, "w", Layout(hash=ADDRESS_BITS),
        "Hash of that element's address (`lls_hw/contract/memory_check.py`).", False, True,
    )  # fmt: skip
    TEST_PASS = (
        26, "w", PASS, "Start a pass of the memory test; until its end, the engine is not idle.",
        False, True,
    )  # fmt: skip
    TEST_STATE = 27, "r", STATE, "What is left of the pass, and whether it is under way."
    TEST_ERRORS = 28, "r", Layout(count=COUNT_BITS), "Wrong elements of the last pass."
    TEST_WRONG = (
        29, "r", Layout(address=ADDRESS_BITS), "The first of them, in `Space.EXTERNAL`."
    )  # fmt: skip
    TEST_FOUND = 30, "r", FOUND, "Wrong bits of the first of them, and those of all."
    MOVER_IDLE_CYCLES = 32, "r", Layout(count=COUNTER_BITS), (
        "Cycles of the last run in which the mover neither read nor wrote the external memory."
    )  # fmt: skip
    MOVER_READ_CYCLES = 33, "r", Layout(count=COUNTER_BITS), (
        "Cycles of the last run in which the mover read an element of the external memory."
    )  # fmt: skip
    MOVER_WRITE_CYCLES = 34, "r", Layout(count=COUNTER_BITS), (
        "Cycles of the last run in which the mover wrote an element of the external memory."
    )  # fmt: skip
    HOST_IDLE_CYCLES = 35, "r", Layout(count=COUNTER_BITS), (
        "Cycles since the last run in which the host neither read nor wrote the external memory."
    )  # fmt: skip
    HOST_READ_CYCLES = 36, "r", Layout(count=COUNTER_BITS), (
        "Cycles since the last run in which the host read an element of the external memory."
    )  # fmt: skip
    HOST_WRITE_CYCLES = 37, "r", Layout(count=COUNTER_BITS), (
        "Cycles since the last run in which the host wrote an element of the external memory."
    )  # fmt: skip
    SAMPLES_IDLE_CYCLES = 38, "r", Layout(count=COUNTER_BITS), (
        "Cycles of the last run in which no stored sample was read."
    )  # fmt: skip
    SAMPLES_READ_CYCLES = 39, "r", Layout(count=COUNTER_BITS), (
        "Cycles of the last run in which an element of a stored sample was read."
    )  # fmt: skip
    SAMPLES_WRITE_CYCLES = 40, "r", Layout(count=COUNTER_BITS), (
        "0: the host writes stored samples."
    )  # fmt: skip


TEST_CONTROLS = (Register.TEST_PLACE, Register.TEST_VALUE, Register.TEST_PASS)
"""Registers of the memory test that are written."""
TEST_RESULTS = (
    Register.TEST_STATE, Register.TEST_ERRORS, Register.TEST_WRONG, Register.TEST_FOUND
)  # fmt: skip
"""Registers of the memory test that are read."""
COUNTERS = tuple(Register[name.upper()] for name in COUNTER_NAMES)
"""Registers of the last run's counters, in the order of `Counters`."""
