"""What moves east from column to column, one column a cycle."""

from amaranth.hdl import signed
from amaranth.lib import data
from amaranth.utils import ceil_log2

from lls_hw.contract.config import Config
from lls_hw.contract.descriptor import FIELDS
from lls_hw.contract.formats import ACT_BITS, CELL_BITS, NOISE_BITS, SHIFT_MAX
from lls_hw.gateware.memory.weights import access_layout
from lls_hw.gateware.update.shared_update import UpdateSettings

__all__ = [
    "ColumnSettings", "ColumnOutput", "error_token", "output_token", "sum_token", "token_layout",
]  # fmt: skip


_AVERAGE_SHIFT_BITS = FIELDS["average_shift"]


class ColumnSettings(data.Struct):
    """Settings of an operation, and `clear` before it."""

    gradient: 1
    """The operand is an error; else a weight."""
    linear: 1
    """Outputs are logits."""
    average: 1
    """Outputs are averages of cells; else activations."""
    average_shift: _AVERAGE_SHIFT_BITS
    clear: 1
    """The magnitude starts anew."""
    act_shift: range(SHIFT_MAX + 1)
    update: UpdateSettings


class ColumnOutput(data.Struct):
    """What a column makes of a sum."""

    h: signed(ACT_BITS)
    negative: 1


def sum_token(config: Config) -> data.StructLayout:
    """Accumulator: word that is read, later written; `first` starts a sum, `emit` ends one."""
    addr = ceil_log2(config.acc_depth)
    return data.StructLayout(
        {"read_addr": addr, "write_addr": addr, "write_enable": 1, "first": 1, "emit": 1}
    )


def output_token(config: Config) -> data.StructLayout:
    """Cell sums: `enable` adds an output to `cell`; a complete sum goes to a latent."""
    return data.StructLayout(
        {
            "enable": 1,
            "cell": 2 * CELL_BITS,
            "first": 1,
            "latent_addr": ceil_log2(config.latent_depth),
            "latent_enable": 1,
        }
    )


def error_token(config: Config) -> data.StructLayout:
    """Error that becomes an operand: its word, and later the shift of its sample."""
    return data.StructLayout(
        {"read_addr": ceil_log2(config.latent_depth), "shift": range(SHIFT_MAX + 1)}
    )


def token_layout(config: Config) -> data.StructLayout:
    """A token: a part for each unit of a column; `update` when a gradient meets its weight.

    The west edge gives each part the delay it needs; a column adds none.
    """
    return data.StructLayout(
        {
            "weights": access_layout(config),
            "noise": NOISE_BITS,
            "update": 1,
            "error": error_token(config),
            "sum": sum_token(config),
            "output": output_token(config),
        }
    )
