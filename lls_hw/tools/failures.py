"""What is said when a tool is missing or fails."""

from lls_hw.errors import LlsError

__all__ = ["BuildFailed", "ToolMissing"]


class ToolMissing(LlsError):
    """A necessary program is not installed."""


class BuildFailed(LlsError):
    """A tool ran and reported an error."""
