"""Arguments that are yes or no."""

import numpy as np

from lls_hw.driver.errors import InputError

__all__ = ["check_flags"]


def check_flags(**flags: object) -> None:
    """InputError for anything but True, False or None: a text such as "no" would count as yes."""
    for name, value in flags.items():
        if value is not None and not isinstance(value, bool | np.bool_):
            raise InputError(f"{name} is {value!r}; it must be True or False.")
