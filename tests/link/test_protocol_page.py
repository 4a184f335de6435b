"""docs/protocol.md says what `lls_hw.contract.frames` defines."""

import re
from pathlib import Path

import pytest

from lls_hw.contract.config import preset
from lls_hw.contract.frames import (
    COMMAND,
    CREDIT_PARTS,
    HEADER,
    HEADER_BYTES,
    MAX_REPLY_BYTES,
    PROTOCOL,
    Kind,
    window,
)
from lls_hw.driver.connection import _ACKNOWLEDGE, _PAYLOAD

TEXT = (Path(__file__).parents[2] / "docs" / "protocol.md").read_text()


def tables(head: str) -> list[list[tuple[str, ...]]]:
    """The rows of all tables with that heading."""
    found = re.findall(rf"^{re.escape(head)}\n\|---.*\n((?:\|.*\n)+)", TEXT, re.MULTILINE)
    return [[tuple(re.findall(r"[^|]+", row)) for row in part.splitlines()] for part in found]


def rows(fields) -> list[tuple[str, ...]]:
    return [(f" `{name}` ", f" {value} ", f" {doc} ") for name, (value, doc) in fields.items()]


def layout(fields) -> list[tuple[str, ...]]:
    return rows({name: (field.bits, field.doc) for name, field in fields.items()})


def test_fields_of_header_and_command():
    assert tables("| field | bits | meaning |") == [layout(HEADER), layout(COMMAND)]


def test_kinds():
    kinds = {kind.name: (kind.value, kind.__doc__) for kind in Kind}
    assert tables("| kind | number | what it asks for |") == [rows(kinds)]


@pytest.mark.parametrize(
    "words",
    [
        f"`consumed` is 0x{PROTOCOL:04X}",
        f"is the window (see Credit), {window(preset('small').link_depth)} bytes",
        f"bytes sent − consumed ≤ {window(preset('small').link_depth)}",
        f"quarter of the buffer, {preset('small').link_depth // CREDIT_PARTS} bytes",
        f"{HEADER_BYTES} B     0..{_PAYLOAD} B",
        f"a buffer of {preset('small').link_depth // 2 // 1024} KiB",
        f"after {_ACKNOWLEDGE} new bytes",
        f"at most {MAX_REPLY_BYTES} bytes",
    ],
)
def test_numbers(words):
    assert words in re.sub(r"(?<=\S)\n(?=\S)", " ", TEXT)
