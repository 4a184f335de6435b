"""Configuration of one engine: everything that is fixed when a bitstream is built."""

import hashlib
import json
from dataclasses import MISSING, asdict, dataclass, field, fields, replace
from functools import cached_property
from typing import Any

from lls_hw.contract.address import ADDRESS_BITS
from lls_hw.contract.formats import CLASS_BITS, VELOCITY_BITS, WEIGHT_BITS
from lls_hw.contract.run import MAX_PROGRAM_DEPTH
from lls_hw.contract.version import INTERFACE_VERSION
from lls_hw.errors import LlsError

__all__ = ["IMAGE_BANKS", "PRESETS", "Config", "ConfigError", "preset"]


IMAGE_BANKS = 4
"""Banks of the image memory: row g lies in bank g % 4, at word (g // 4) * width + x."""


_DEEPEST = 1 << 20
"""Most words of a memory; a descriptor addresses no more."""
LEAST_EXTERNAL_DEPTH = 1 << 16
"""Elements of the smallest external memory."""
MAX_MODULATION_DEPTH = 1 << 15
"""Words that a descriptor can address."""
MAX_VOTE_DEPTH = 1 << 15
"""Most words of the vote memory."""
MAX_CHANNEL_DEPTH = 1 << 15
"""Words that a descriptor can address."""


class ConfigError(LlsError, ValueError):
    """A configuration that no engine can be built from."""


@dataclass(frozen=True)
class _Range:
    """What a field may be."""

    least: int
    most: int
    power_of_two: bool = False
    optional: bool = False
    """0 as well: it leaves something out."""

    def check(self, name: str, value: object) -> None:
        """ConfigError when the value is none of these."""
        if type(value) is int and (self.least <= value <= self.most or self.optional and not value):
            if not self.power_of_two or value & (value - 1) == 0:
                return
        kind = "a power of two" if self.power_of_two else "a whole number"
        raise ConfigError(
            f"{name} is {value!r}; it must be {'0 or ' * self.optional}{kind}, "
            f"{self.least}..{self.most}."
        )


def _size(least: int, most: int, default: Any = MISSING, **kind: bool) -> Any:
    """A field of the configuration that is a number, with its limits; `kind` as of `_Range`."""
    limits = {"range": _Range(least, most, **kind), "bits": most.bit_length()}
    return field(default=default, metadata=limits)


def _flag(default: bool) -> Any:
    """A field that is true or false."""
    return field(default=default, metadata={"bits": 1})


@dataclass(frozen=True, kw_only=True)
class Config:
    """Sizes of an engine. Memory depths are in words; a word's width follows from the array."""

    rows: int = _size(2, 32, power_of_two=True)
    """Array rows: input channels read at once. A power of two, 2..32."""
    cols: int = _size(2, 32, power_of_two=True)
    """Array columns: output channels computed at once. A power of two, 2..32."""
    weight_depth: int = _size(2, _DEEPEST)
    """Words of the weight memory; a word is one 16-bit weight for each column."""
    act_depth: int = _size(2, _DEEPEST)
    """Words of the activation memory; a word is max(rows, cols) int8 channels of one pixel."""
    acc_depth: int = _size(2, _DEEPEST, 512)
    """Words of the accumulator memory (one 36-bit sum for each column): pixels of one pass."""
    latent_depth: int = _size(2, 1 << 16, 512)
    """Words of the latent and of the error memory (one 18-bit number for each column)."""
    sign_depth: int = _size(2, _DEEPEST, 512)
    """Words of the sign memory (one bit for each column)."""
    image_channels: int = _size(1, 4, 1)
    """Most channels of images that the patch packer takes, 1..4; it takes one channel, or this."""
    image_depth: int = _size(2, _DEEPEST, 2048)
    """Words of each of the 4 banks of the image memory; a word is one pixel."""
    max_width: int = _size(2, 255, 32)
    """Largest width of a map that the engine pools."""
    lanes: int = _size(2, 16, 16, power_of_two=True)
    """Classes whose scores are accumulated at once. A power of two, 2..16."""
    max_classes: int = _size(2, 1 << CLASS_BITS, 128)
    """Largest number of classes, at most 256."""
    basis_depth: int = _size(2, _DEEPEST, 1024)
    """Words of the basis memory; a word is one entry for each lane."""
    basis_bits: int = field(default=2, metadata={"bits": 4})
    """Bits of a basis entry: 2, ternary, for the square basis; 8 for the cosine basis as well, with
    a multiplier for each lane."""
    basis_classes: int = _size(2, 1 << CLASS_BITS, 10)
    """Number of classes whose square basis the bitstream is initialised with."""
    modulation_depth: int = _size(2, MAX_MODULATION_DEPTH, 0, optional=True)
    """Words of the memory of trainable modulations (LLS-M, LLS-MxM): one int16 and one 32-bit
    gradient; at most 32768. 0 leaves the option out."""
    channel_depth: int = _size(2, MAX_CHANNEL_DEPTH, 0, optional=True)
    """Words of the channel memory: the running statistics of a channel, for normalisation between
    blocks and steps of each channel; at most 32768. 0 leaves both out."""
    vote_depth: int = _size(2, MAX_VOTE_DEPTH, 0, optional=True)
    """Words of the vote memory: sums of the scores of a sample and class, for predictions by vote;
    at most 32768. 0 leaves the option out."""
    external_depth: int = _size(
        LEAST_EXTERNAL_DEPTH, 1 << ADDRESS_BITS, 0, power_of_two=True, optional=True
    )
    """Elements of 16 bits that an external memory beside the engine holds: a power of two, 2**16 to
    2**24. 0 leaves it out."""
    momentum: bool = _flag(False)
    """A velocity beside each weight (32 bits, twice the weight's memory). Without, plain SGD."""
    max_batch: int = _size(2, 512, 64, power_of_two=True)
    """Largest number of samples of one training step. A power of two."""
    max_layers: int = _size(1, 16, 8)
    """Largest number of layers with weights, at most 16."""
    program_depth: int = _size(2, MAX_PROGRAM_DEPTH, 64)
    """Descriptors the program memory holds."""
    link_depth: int = _size(1024, 32768, 4096, power_of_two=True)
    """Bytes the link's receive buffer holds, twice the transmit buffer. A power of two."""
    maps: bool = _flag(True)
    """Convolutions, pooling, the image memory. Without, all layers are fully connected."""
    trace: bool = _flag(True)
    """The board records when each operation began and ended."""

    def __post_init__(self) -> None:
        for item in fields(self):
            if "range" in item.metadata:
                item.metadata["range"].check(item.name, getattr(self, item.name))
        for name in ("momentum", "maps", "trace"):
            if type(getattr(self, name)) is not bool:
                raise ConfigError(f"{name} is {getattr(self, name)!r}; it must be true or false.")
        if type(self.basis_bits) is not int or self.basis_bits not in (2, 8):
            raise ConfigError(f"basis_bits is {self.basis_bits!r}; it must be 2 or 8.")
        if self.channel_depth and self.cols > 2 * self.rows:
            raise ConfigError(
                f"channel_depth is {self.channel_depth} and cols {self.cols}; with a channel "
                f"memory, cols must be at most {2 * self.rows}, twice the rows."
            )
        self._check_addresses()
        if self.basis_classes > self.max_classes:
            raise ConfigError(
                f"basis_classes is {self.basis_classes}; it must not exceed max_classes, "
                f"{self.max_classes}."
            )

    def _check_addresses(self) -> None:
        """ConfigError for a memory with more elements than the host can address."""
        for name, elements in (
            ("weight_depth", self.cols),
            ("act_depth", self.act_word),
            ("image_depth", IMAGE_BANKS * self.image_channels),
            ("basis_depth", self.basis_parts),
        ):
            most = (1 << ADDRESS_BITS) // elements
            if getattr(self, name) > most:
                raise ConfigError(
                    f"{name} is {getattr(self, name)}; it must be at most {most}: the host "
                    f"addresses {1 << ADDRESS_BITS} elements, and a word has {elements}."
                )

    @property
    def weight_bits(self) -> int:
        """Bits that a column keeps for each weight: the weight, with momentum its velocity too."""
        return WEIGHT_BITS + VELOCITY_BITS * self.momentum

    @property
    def act_word(self) -> int:
        """Bytes of one activation memory word."""
        return max(self.rows, self.cols)

    @property
    def patch_tiles(self) -> int:
        """Input tiles of a first layer whose 3 x 3 patches are packed."""
        return -(-9 * self.image_channels // self.rows)

    @property
    def basis_parts(self) -> int:
        """Elements of `Space.BASIS`, 32 bits each, that make one word of the basis memory."""
        return max(self.lanes * self.basis_bits // 32, 1)

    @property
    def groups(self) -> int:
        """Passes over the latents that the largest number of classes needs."""
        return -(-self.max_classes // self.lanes)

    @property
    def macs_per_cycle(self) -> int:
        """Multipliers of the array."""
        return self.rows * self.cols

    @cached_property
    def digest(self) -> int:
        """64-bit identification of this configuration and of the interface version."""
        text = json.dumps({"interface": INTERFACE_VERSION, **asdict(self)}, sort_keys=True)
        return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "little")

    def as_dict(self) -> dict[str, int]:
        """All fields, for design.json."""
        return asdict(self)


_SMALL = Config(
    rows=8, cols=8, weight_depth=14336, act_depth=6144, latent_depth=1024, sign_depth=20480,
    image_depth=4096, lanes=8, basis_depth=2048, channel_depth=512, vote_depth=512,
)  # fmt: skip
_LARGE = replace(
    _SMALL,
    cols=16,
    lanes=16,
    basis_depth=1024,
    weight_depth=7168,
    act_depth=2048,
    latent_depth=512,
    sign_depth=5120,
    vote_depth=0,
)
_TINY = replace(
    _SMALL, rows=4, cols=4, weight_depth=2048, act_depth=2048, acc_depth=64, latent_depth=512,
    sign_depth=2048, image_depth=512, lanes=4, basis_depth=2048, max_classes=64, max_batch=32,
    channel_depth=0, vote_depth=0,
)  # fmt: skip
PRESETS = {
    "nano": replace(
        _SMALL, rows=2, cols=2, weight_depth=16384, act_depth=2048, acc_depth=16, latent_depth=512,
        sign_depth=512, image_depth=2, max_width=2, lanes=2, basis_depth=512, max_classes=16,
        max_batch=8, max_layers=4, program_depth=32, link_depth=1024, channel_depth=0, vote_depth=0,
        maps=False, trace=False,
    ),
    "tiny": _TINY,
    "tiny-sdram": replace(_TINY, act_depth=4096, program_depth=256, external_depth=1 << 20),
    "small": _SMALL,
    "large": _LARGE,
    "sdram": replace(
        _LARGE, weight_depth=2048, act_depth=6144, latent_depth=1024, sign_depth=22528,
        image_channels=3, lanes=8, basis_depth=1024, channel_depth=1024, program_depth=384,
        link_depth=2048, external_depth=1 << 24,
    ),
    "lab": replace(
        _LARGE, weight_depth=32768, act_depth=8192, latent_depth=1024, sign_depth=32768,
        image_channels=3, image_depth=8192, channel_depth=1024,
        vote_depth=1024,
    ),
    "variants": replace(_SMALL, basis_bits=8, modulation_depth=1024),
    "momentum": replace(_SMALL, weight_depth=5120, momentum=True),
}  # fmt: skip
"""Named engines, smallest first. `tiny-sdram` has the array of `tiny`, `sdram` that of `large`;
both keep weights in an SDRAM, the first also in those of the Colorlight boards.
`lab` is for simulation: no board has its memories. `variants` is `small` with the cosine basis and
trainable modulations; `momentum` has velocities in the block RAMs that hold nearly two thirds of
the weights of `small`."""


def preset(name: str) -> Config:
    """The preset of that name; ConfigError lists the known ones."""
    try:
        return PRESETS[name]
    except KeyError:
        raise ConfigError(
            f"There is no preset {name!r}; the presets are {', '.join(PRESETS)}."
        ) from None
