"""The list of boards, from their definitions."""

from lls_hw.bitstream.pins import oscillator
from lls_hw.bitstream.transport import links_text
from lls_hw.boards import BOARDS
from lls_hw.tools.page import markdown_table

__all__ = ["boards"]


def boards() -> str:
    """One line a device; the variant that is built when none is named is bold."""
    rows = [["`--board`", "`--variant`", "device", "default preset", "clock", "oscillator", "link"]]
    for board in BOARDS.values():
        for name, variant in board.variants.items():
            platform = board.platform(variant)
            shown = f"**`{name}`**" if name == board.default else f"`{name}`"
            rows.append([
                f"`{board.name}`", shown, platform.device, f"`{variant.preset}`",
                f"{variant.frequency:g} MHz", f"{oscillator(board, platform):g} MHz",
                links_text(board),
            ])  # fmt: skip
    return markdown_table(rows)
