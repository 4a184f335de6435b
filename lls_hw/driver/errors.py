"""What can go wrong between a program and its board."""

from lls_hw.errors import LlsError

__all__ = [
    "CheckpointError",
    "DigestError",
    "DriverError",
    "ExternalMemoryError",
    "InputError",
    "LinkClosed",
    "LinkTimeout",
    "NoSuchDevice",
    "NotOurDevice",
    "RangeError",
    "RateRefused",
    "as_clause",
]


class DriverError(LlsError):
    """Any of the errors below."""


class NoSuchDevice(DriverError):
    """The device cannot be opened."""


class RateRefused(NoSuchDevice):
    """The serial port cannot be set to a rate."""


class NotOurDevice(DriverError):
    """Something answers, but not as a board of ours does."""


class DigestError(DriverError):
    """The board was built from a configuration other than the expected one."""


class LinkTimeout(DriverError):
    """The board does not answer, or makes no progress."""


class LinkClosed(DriverError):
    """The connection is gone: the cable was unplugged, or the other side closed it."""


class ExternalMemoryError(DriverError):
    """The external memory does not keep what is written."""


class RangeError(DriverError, ValueError):
    """An address or value that the board does not have."""


class InputError(DriverError, ValueError):
    """Samples, labels or a training state that the network cannot take."""


class CheckpointError(LlsError):
    """A checkpoint file that cannot be read, written or used."""


def as_clause(error: Exception) -> str:
    """An error's sentence as a part of another one: neither a capital nor a full stop."""
    text = str(error).rstrip(".")
    return text[:1].lower() + text[1:]
