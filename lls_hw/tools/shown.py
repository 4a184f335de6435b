"""Values in messages: short, whatever a file or a user gives."""

__all__ = ["said", "shown"]

_LETTERS = 80
_MOST = 160
"""Letters of what another library says."""


def shown(value: object) -> str:
    """A value as `repr` writes it, cut off after some letters; a type where that is impossible."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # of thousands of digits, or a thousand levels
        text = f"of type {type(value).__name__} and too long to be shown"
    return text if len(text) <= _LETTERS else f"{text[:_LETTERS]}..."


def said(error: BaseException) -> str:
    """What an error of another library says, in one line, cut off after some letters."""
    text = "".join(c if c.isprintable() else " " for c in str(error).strip().partition("\n")[0])
    text = text or type(error).__name__
    return text if len(text) <= _MOST else f"{text[:_MOST]}..."
