"""USB tokens: which endpoint the host means, and for how long."""

from amaranth.hdl import Signal
from luna.gateware.usb.usb2.packet import USBTokenDetector

__all__ = ["UsbTokens"]

_DATA, _HANDSHAKE = 3, 2
"""Low bits of the PIDs of such packets."""


class UsbTokens(USBTokenDetector):
    """LUNA's, which forgets a token as soon as it cannot count any more.

    A token is for the one packet of data after it. Where a packet begins that is neither data nor
    a handshake, it may have been another token, now unreadable, and whatever follows may be for
    another endpoint or another device. LUNA alone would take it by the token before.
    """

    def elaborate(self, platform):
        m = super().elaborate(platform)
        begun, used, is_whole = Signal(), Signal(), Signal()
        data = self.utmi.rx_data
        with m.If(self.interface.new_token):
            m.d.usb += used.eq(0)
        m.d.usb += begun.eq(self.utmi.rx_active & (begun | self.utmi.rx_valid))
        m.d.comb += is_whole.eq(data[:4] == ~data[4:8])
        with m.If(self.utmi.rx_active & self.utmi.rx_valid & ~begun):
            with m.If(is_whole & (data[:2] == _DATA) & ~used):
                m.d.usb += used.eq(1)
            with m.Elif(~is_whole | (data[:2] != _HANDSHAKE)):
                m.d.usb += self.interface.pid.eq(0)
        return m
