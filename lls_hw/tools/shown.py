"""Values in messages: short, whatever a file or a user gives."""

__all__ = ["shown"]

_LETTERS = 80


def shown(value: object) -> str:
    """A value as `repr` writes it, cut off after some letters; a type where that is impossible."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # of thousands of digits, or a thousand levels
        text = f"of type {type(value).__name__} and too long to be shown"
    return text if len(text) <= _LETTERS else f"{text[:_LETTERS]}..."
