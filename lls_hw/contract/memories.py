"""Memories that a program places things in."""

from enum import StrEnum

from lls_hw.contract.config import Config

__all__ = ["Memory"]


class Memory(StrEnum):
    """Memories by the name that reports give them; addresses are in words."""

    WEIGHT = "weight memory"
    ACTIVATION = "activation memory"
    IMAGE = "image memory"
    LATENT = "latent memory"
    ERROR = "error memory"
    """Errors lie where the latents do, in a memory of the same depth."""
    SIGN = "sign memory"
    MODULATION = "modulation memory"
    CHANNEL = "channel memory"
    VOTE = "vote memory"
    EXTERNAL = "external memory"
    """Off the chip; addresses are in elements of 16 bits."""

    def depth(self, config: Config) -> int:
        """Words of the memory; of the image memory, words of each bank."""
        return {
            Memory.WEIGHT: config.weight_depth,
            Memory.ACTIVATION: config.act_depth,
            Memory.IMAGE: config.image_depth,
            Memory.LATENT: config.latent_depth,
            Memory.ERROR: config.latent_depth,
            Memory.SIGN: config.sign_depth,
            Memory.MODULATION: config.modulation_depth,
            Memory.CHANNEL: config.channel_depth,
            Memory.VOTE: config.vote_depth,
            Memory.EXTERNAL: config.external_depth,
        }[self]
