"""Address spaces and control registers: what the host can read and write, defined once.

Every transfer on the link is a run of elements of one `Space`, starting at an element address.
Gateware, driver, design.json, tests and docs read this file.
"""

from enum import IntEnum

__all__ = ["ADDRESS_BITS", "INTERFACE_VERSION", "Register", "Space"]

INTERFACE_VERSION = 2
"""Changes whenever a space, register, descriptor or frame changes its meaning."""

ADDRESS_BITS = 24


class Space(IntEnum):
    """Address spaces. `element_bytes` is the size of one element on the link, little-endian.

    Access waits until the engine is idle, except where `while_running` says otherwise.
    """

    def __new__(cls, value: int, element_bytes: int, while_running: bool, doc: str) -> "Space":
        member = int.__new__(cls, value)
        member._value_ = value
        member.element_bytes = element_bytes
        member.while_running = while_running
        member.__doc__ = doc
        return member

    element_bytes: int
    while_running: bool

    CONTROL = 0, 4, True, "Control registers (`Register`); a write to RUN waits until idle."
    PROGRAM = 1, 4, False, "Descriptors, `program.descriptor.WORDS` elements each; write only."
    ACT = 2, 1, True, "Activation memory, one int8 an element; write only."
    LABEL = 3, 1, True, "Labels; buffer b, sample n at b * max_batch + n; write only."
    WEIGHT = 4, 2, False, "Weights, one int16 an element; address = word * cols + column."
    BASIS = 5, 4, False, "Basis: as many entries as 32 bits hold, `lanes` a word; write only."
    STATE = 6, 4, False, "Layer states: requantisation shift of each layer."
    IMAGE = 8, 1, True, "Images, one int8 an element, from the row in IMAGE_ROW on; write only."
    TRACE = 9, 4, False, "When the operations of the last run began and ended; read only."
    MODULATION = 10, 2, False, "Modulations (LLS-M, LLS-MxM), one int16 an element."
    VELOCITY = 11, 4, False, "Velocities (momentum), one int32 for each element of `WEIGHT`."
    RESULT = 7, 4, False, "Results; buffer b, sample n at b * max_batch + n. Read only."


class Register(IntEnum):
    """Control registers, by element address in `Space.CONTROL`."""

    def __new__(cls, value: int, access: str, doc: str) -> "Register":
        member = int.__new__(cls, value)
        member._value_ = value
        member.access = access
        member.__doc__ = doc
        return member

    access: str

    MAGIC = 0, "r", "Reads 0x4C4C5331, the bytes '1SLL'."
    DIGEST_LOW = 1, "r", "Low half of the configuration digest."
    DIGEST_HIGH = 2, "r", "High half of the configuration digest."
    RUN = 3, "w", "Run the program: bit 0 selects the input buffer, bits 15:8 the first descriptor."
    STEP = 4, "rw", "Training step number; seeds stochastic rounding, +1 after each training run."
    CLOCK = 12, "r", "Cycles since reset, modulo 2**32."
    IMAGE_SHAPE = 10, "w", "Of the images that are written: bits 7:0 width, 10:8 channels."
    IMAGE_ROW = 11, "w", "Row of the image memory that the next element of `Space.IMAGE` begins."
    MOMENTUM_SHIFT = 13, "w", "Momentum is 1 - 2**-s for this s; 0 for s = 0."
    CYCLES = 5, "r", "Cycles from start to end of the last run."
    FORWARD_BEATS = 6, "r", "Cycles of the last run in which the array did forward products."
    GRADIENT_BEATS = 7, "r", "Cycles of the last run in which it did weight-gradient products."
    LOCAL_CYCLES = 8, "r", "Cycles of the last run in which the local update unit was busy."
    WAIT_CYCLES = 9, "r", "Cycles of the last run in which the array waited for that unit."


MAGIC = 0x4C4C5331
