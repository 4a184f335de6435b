"""Signatures that join the parts of the tiler, seen from the part that drives them."""

from amaranth.lib import wiring
from amaranth.lib.wiring import Out
from amaranth.utils import ceil_log2

from lls_hw.contract.config import IMAGE_BANKS, Config
from lls_hw.contract.descriptor import FIELDS
from lls_hw.contract.formats import CELL_BITS

__all__ = [
    "AxisPlace",
    "BandSize",
    "ErrorPlace",
    "InputPlace",
    "PixelPlace",
    "PixelWalk",
    "TapPlace",
    "TilePlace",
    "TileStrobes",
    "input_address_bits",
]

_PIXELS = FIELDS["pixels"]
_SIZE = FIELDS["out_width"]


class TileStrobes(wiring.Signature):
    """What a cycle of an array operation is for.

    Members
    -------
    start : the operation begins.
    waiting : no tile has begun or will follow.
    count : cycle of the tile.
    begin, turning, tile_end : first, last but one, last cycle of a tile.
    streaming : the cycle has a pixel. last_pixel : with `streaming`, the tile's last.
    loading, load_first : forward: a row of weights is asked for, the first row of a tile.
    """

    def __init__(self) -> None:
        super().__init__(
            {
                "start": Out(1),
                "waiting": Out(1),
                "count": Out(_PIXELS),
                "begin": Out(1),
                "turning": Out(1),
                "tile_end": Out(1),
                "streaming": Out(1),
                "last_pixel": Out(1),
                "loading": Out(1),
                "load_first": Out(1),
            }
        )


class BandSize(wiring.Signature):
    """Length of the present band's tiles.

    Members
    -------
    last_pixel : last pixel of the band, counted from 0.
    turn : last cycle but one of each of its tiles, counted from 0.
    """

    def __init__(self) -> None:
        super().__init__({"last_pixel": Out(_PIXELS), "turn": Out(_PIXELS)})


class TapPlace(wiring.Signature):
    """Tap of the kernel and input tile.

    Members
    -------
    tile, tile_last : input tile; it is the tap's last.
    column_first, column_last, row_first, row_last : where in the kernel the tap lies.
    first, last : first, last tile that contributes to a sum.
    """

    def __init__(self) -> None:
        flags = (
            "tile_last", "column_first", "column_last", "row_first", "row_last", "first", "last",
        )  # fmt: skip
        super().__init__({"tile": Out(FIELDS["in_tiles"]), **{name: Out(1) for name in flags}})


class TilePlace(wiring.Signature):
    """Where the present tile lies in the loops around it.

    Members
    -------
    output : output tile.
    ends_band, ends_output, ends_operation : the last tile of its band, of its output tile, of all.
    """

    def __init__(self) -> None:
        flags = ("ends_band", "ends_output", "ends_operation")
        super().__init__({"output": Out(FIELDS["out_tiles"]), **{name: Out(1) for name in flags}})


class PixelWalk(wiring.Signature):
    """How a counter of pixels walks. `restart` goes before `restore`, `restore` before `step`.

    Members
    -------
    restart : back to the first pixel; the saved place too.
    step : to the next pixel.
    save : the place after this cycle's step is kept. restore : back to the one kept.
    """

    def __init__(self) -> None:
        super().__init__({name: Out(1) for name in ("restart", "step", "save", "restore")})


class AxisPlace(wiring.Signature):
    """Place on one axis of a map: ``cell = floor(place * cells / size)``.

    Members
    -------
    place, cell : the place, and the cell that it lies in.
    cell_first, cell_last : first, last place of its cell. end : last place of the axis.
    """

    def __init__(self) -> None:
        flags = ("cell_first", "cell_last", "end")
        super().__init__(
            {"place": Out(_SIZE), "cell": Out(CELL_BITS), **{name: Out(1) for name in flags}}
        )


class PixelPlace(wiring.Signature):
    """Where a pixel lies in its map, and in the cells of its latents.

    Members
    -------
    row, column : position. top, bottom, leftmost : first row, last row, first pixel of a row.
    row_end, map_end : last pixel of a row, of the map.
    cell_row, cell_column : cell of the pixel.
    cell_first, cell_last : first, last pixel of its cell in row-major order.
    cell_row_last : the next row of pixels belongs to the next row of cells.
    cell_column_last : the next pixel of the row belongs to the next cell.
    """

    FLAGS = (
        "top", "bottom", "leftmost", "row_end", "map_end", "cell_first", "cell_last",
        "cell_row_last", "cell_column_last",
    )  # fmt: skip

    def __init__(self) -> None:
        super().__init__(
            {
                "row": Out(_SIZE),
                "column": Out(_SIZE),
                "cell_row": Out(CELL_BITS),
                "cell_column": Out(CELL_BITS),
                **{flag: Out(1) for flag in self.FLAGS},
            }
        )


def input_address_bits(config: Config) -> int:
    """Bits of an address in the activation memory or in a bank of the image memory."""
    return max(ceil_log2(config.act_depth), ceil_log2(config.image_depth))


class InputPlace(wiring.Signature):
    """Where the array's input of a cycle lies.

    Members
    -------
    addr, part : word, and part of the word that holds the tile's channels. For a packed layer,
        `addr` is the pixel's word of the image memory and `bank` its bank.
    inside : the tap lies inside the map.
    """

    def __init__(self, config: Config) -> None:
        super().__init__(
            {
                "addr": Out(input_address_bits(config)),
                "part": Out(ceil_log2(config.act_word // config.rows)),
                "bank": Out(ceil_log2(IMAGE_BANKS)),
                "inside": Out(1),
            }
        )


class ErrorPlace(wiring.Signature):
    """Words of a pixel's error and sign, and its sample."""

    def __init__(self, config: Config) -> None:
        super().__init__(
            {
                "latent_addr": Out(ceil_log2(config.latent_depth)),
                "sign_addr": Out(ceil_log2(config.sign_depth)),
                "sample": Out(ceil_log2(config.max_batch)),
            }
        )
