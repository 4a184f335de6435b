"""What a broken external memory looks like, and what to try, in sentences."""

from collections.abc import Collection

from lls_hw.contract.memory_check import ELEMENT_BITS, pattern
from lls_hw.contract.sdram import SdramChip
from lls_hw.driver.memory_check import PassResult

__all__ = ["address_fault", "bit_names", "element_fault", "place_name"]

FEW = 16
"""So many wrong elements are broken cells; what is wrong with a clock breaks more."""
_CLOCK = "build with another clock phase or a lower --frequency"


def bit_names(bits: int) -> str:
    """Positions of the bits that are set, as "bit 3" or "bits 3, 5"."""
    places = [str(bit) for bit in range(bits.bit_length()) if bits >> bit & 1]
    return f"bit{'s' * (len(places) > 1)} {', '.join(places)}"


def place_name(address: int, chip: SdramChip | None) -> str:
    """An element, and where in the chip it is, if that is known."""
    if chip is None:
        return f"element {address:,}"
    row, rest = divmod(address, chip.banks * chip.columns)
    bank, column = divmod(rest, chip.columns)
    return f"element {address:,} (row {row}, bank {bank}, column {column})"


def element_fault(
    result: PassResult, count: int, *, inverted: bool, paused: int, chip: SdramChip | None
) -> str:
    """Sentences about a pass that found errors.

    Parameters
    ----------
    count : elements of the pass. inverted : its pattern.
    paused : cycles since they were right; 0 right after they were written.
    chip : if it is known.
    """
    written = pattern(result.first, inverted)
    when = f"{paused:,} cycles later" if paused else "right after they were written"
    return (
        f"{result.errors:,} of {count:,} elements of the external memory are wrong {when}. The "
        f"first is {place_name(result.first, chip)}: {written:#06x} was written, "
        f"{written ^ result.bits:#06x} was read, {bit_names(result.bits)} wrong"
        f"{_others(result)}. {_looks_like(result, count, paused > 0)}."
    )


def _others(result: PassResult) -> str:
    if result.every == result.bits:
        return ""
    return f", in all of them {bit_names(result.every)}"


def _looks_like(result: PassResult, count: int, kept_before: bool) -> str:
    """What it looks like, and what to try."""
    lines = result.every.bit_count()
    if kept_before:
        return (
            "The chip forgets: its refresh does not reach these rows, or it is too hot or broken; "
            "check that it is a chip that the bitstream was built for, and try another board"
        )
    if lines <= 2 and result.errors > FEW:
        return (
            f"Data line {bit_names(result.every).split(' ', 1)[1]} is late or has a bad contact; "
            f"check its solder joint, and {_CLOCK}"
        )
    if result.errors <= FEW:
        return f"Single cells are broken; try another board, and if it does the same, {_CLOCK}"
    if result.errors > count // 2 and lines == ELEMENT_BITS:
        return f"Elements are read or written at a wrong time, or change places; {_CLOCK}"
    return f"The clock phase is at the edge of what works; {_CLOCK}"


def address_fault(bits: Collection[int], chip: SdramChip | None) -> str:
    """Sentences about bits of the address that make no difference."""
    named = bit_names(sum(1 << bit for bit in bits))
    verb = "makes" if len(bits) == 1 else "make"
    said = f"The external memory mixes up addresses: address {named} {verb} no difference."
    if chip is None:
        return f"{said} The chip is smaller than the bitstream expects, or address lines are stuck."
    first_row = chip.column_bits + chip.bank_bits
    columns = {bit for bit in bits if bit < chip.column_bits}
    banks = {bit - chip.column_bits for bit in bits if chip.column_bits <= bit < first_row}
    rows = {bit - first_row for bit in bits if bit >= first_row}
    return f"{said} {_lines(columns, banks, rows, chip)}"


def _lines(columns: set[int], banks: set[int], rows: set[int], chip: SdramChip) -> str:
    """Which lines, and why."""
    size = chip.size >> len(columns) + len(banks) + len(rows)
    smaller = (
        f"is smaller than the {chip.size >> 20} MB that the bitstream expects, {size >> 20} MB"
    )
    if columns & rows:
        return (
            f"Address line {_listed(columns & rows)} is stuck or open, for rows and columns miss "
            "the same one; check its pin in the board's file and its solder joint."
        )
    if banks and not columns and not rows:
        return (
            f"Bank pin {_listed(banks)} is open or stuck, or the chip {smaller}; check the pin, or "
            "build for a chip with fewer banks."
        )
    if rows and not columns and not banks:
        if rows == set(range(min(rows), chip.row_bits)):
            return (
                f"The chip {smaller}, or address line {_listed(rows)}, which only rows use, is "
                "stuck or open; build for the chip that the board has, or check the line."
            )
        return (
            f"Address line {_listed(rows)}, which only rows use, is stuck or open; check its pin "
            "in the board's file and its solder joint."
        )
    if columns and not banks and not rows:
        swapped = (
            f"address line {_listed(columns)} is swapped with one that columns lack, "
            f"{chip.column_bits}..{chip.row_bits - 1}"
        )
        if columns == set(range(min(columns), chip.column_bits)):
            return (
                f"The chip {smaller}, or {swapped}; build for the chip that the board has, or "
                "check the pins in the board's file."
            )
        return f"{swapped[0].upper()}{swapped[1:]}; check the pins in the board's file."
    return (
        f"The chip {smaller}, or several lines are stuck; build for the chip that the board has, "
        "or check the pins in the board's file."
    )


def _listed(numbers: set[int]) -> str:
    return ", ".join(str(number) for number in sorted(numbers))
