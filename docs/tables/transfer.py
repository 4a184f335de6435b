"""How close PyTorch modules stay to themselves on a board, from bench/results/transfer.json."""

from docs.tables.source import result
from lls_hw.tools.page import markdown_table

__all__ = ["transfer"]


def transfer() -> str:
    """One row a kind of module, and the command."""
    measured = result("transfer.json")
    rows = [["module", "accuracy in PyTorch", "on the board", "equal predictions", "mean difference"
             " of a probability"]]  # fmt: skip
    for name, found in measured["modules"].items():
        parts = ("float_accuracy", "board_accuracy", "equal_predictions")
        shares = [f"{100 * found[part]:.2f} %" for part in parts]
        rows.append([name, *shares, f"{found['mean_difference']:.4f}"])
    seeds = measured["seeds"]
    return (
        f"Modules trained on the 8 x 8 digits, {measured['epochs']} epochs with Adam, means of "
        f"{seeds} seeds; 359 test images (`python bench/transfer.py --seeds {seeds}`):\n\n"
        + markdown_table(rows)
    )
