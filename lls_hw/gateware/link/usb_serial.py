"""USB serial port: a CDC-ACM device on two pins, by LUNA."""

from amaranth.hdl import Cat, DomainRenamer, Fragment, Module, ResetInserter, Signal
from amaranth.lib import stream, wiring
from amaranth.lib.cdc import FFSynchronizer
from amaranth.lib.wiring import In, Out, connect, flipped
from luna.gateware.interface.gateware_phy import GatewarePHY
from luna.gateware.usb.devices.acm import ACMRequestHandlers, USBSerialDevice
from luna.gateware.usb.usb2.device import USBDevice
from luna.gateware.usb.usb2.endpoints.stream import USBStreamInEndpoint, USBStreamOutEndpoint
from luna.gateware.usb.usb2.request import StallOnlyRequestHandler
from usb_protocol.types import USBRequestType

from lls_hw.contract.usb import MAKER, PACKET_BYTES, PRODUCT_ID, VENDOR_ID
from lls_hw.gateware.link.usb_burst import UsbBurst
from lls_hw.gateware.link.usb_ports import UsbWires
from lls_hw.gateware.link.usb_reset import UsbReset
from lls_hw.gateware.link.usb_tokens import UsbTokens

__all__ = ["UsbSerial"]

_WIRE = wiring.Signature({"i": In(1), "o": Out(1), "oe": Out(1)})
_PHY_PINS = wiring.Signature(
    {"d_p": Out(_WIRE), "d_n": Out(_WIRE), "pullup": Out(wiring.Signature({"o": Out(1)}))}
)
"""Pins as LUNA wants them."""

_ANSWER_AFTER = (1, 7)
"""Bit times from the noticed end of a packet to an answer, at least and at most."""


class Notifications(USBStreamInEndpoint):
    """The endpoint that would report signals of a modem, and never has anything to say.

    It is a class of its own because LUNA names a second endpoint of a class by its address in the
    memory of the host, and no two builds would be alike.
    """


class _FromHost(USBStreamOutEndpoint):
    """Begins again when the device is configured, as hosts expect of its toggle."""

    def __init__(self, restart, **data) -> None:
        super().__init__(**data)
        self._restart = restart

    def elaborate(self, platform):
        return ResetInserter({"usb": self._restart})(super().elaborate(platform))


class _ToHost(USBStreamInEndpoint):
    """Begins again when the device is configured, as hosts expect of its toggle."""

    def __init__(self, restart, **data) -> None:
        super().__init__(**data)
        self._restart = restart

    def elaborate(self, platform):
        return ResetInserter({"usb": self._restart})(super().elaborate(platform))


class _Bus(USBDevice):
    """LUNA's device, with our tokens; it answers a bit time earlier.

    A device waits for 2 bit times before it answers. LUNA counts them from when it has noticed the
    end of a packet, which is later than that. A host gives up after 16.
    """

    def elaborate(self, platform):
        m = super().elaborate(platform)
        m.submodules.timer._fs_rx_to_tx_delay = _ANSWER_AFTER
        # LUNA makes its parts itself; this one is not elaborated yet.
        m.submodules.token_detector.__class__ = UsbTokens
        return m


class _Device(USBSerialDevice):
    """LUNA's serial device, made of the same parts under names that are always the same."""

    def elaborate(self, platform):
        m = Module()
        m.submodules.usb = usb = _Bus(bus=self._bus)
        control = usb.add_standard_control_endpoint(self.create_descriptors())
        control.add_request_handler(ACMRequestHandlers())
        control.add_request_handler(StallOnlyRequestHandler(_is_unknown))
        data = {
            "endpoint_number": self._DATA_ENDPOINT_NUMBER,
            "max_packet_size": self._max_packet_size,
        }
        status = data | {"endpoint_number": self._STATUS_ENDPOINT_NUMBER}
        configured = Signal()
        m.d.comb += configured.eq(control.interface.config_changed)
        receiver, transmitter = _FromHost(configured, **data), _ToHost(configured, **data)
        for endpoint in (Notifications(**status), receiver, transmitter):
            usb.add_endpoint(endpoint)
        m.d.comb += [
            *self.rx.stream_eq(receiver.stream),
            *transmitter.stream.stream_eq(self.tx),
            usb.connect.eq(self.connect),
        ]
        return m


def _is_unknown(setup):
    """A request of a kind that nothing here answers."""
    return (setup.type == USBRequestType.VENDOR) | (setup.type == USBRequestType.RESERVED)


class UsbSerial(wiring.Component):
    """A serial port as operating systems know it without a driver; its baud rate means nothing.

    The clock domains are `usb`, 12 MHz, and `usb_io`, 48 MHz, whose edges meet those of `usb`. When
    the host resets the bus, the device forgets everything, the bytes it has not yet passed on
    included; the toggles of its endpoints would not fit the host's otherwise.

    Parameters
    ----------
    product : the name that the device reports.

    Members
    -------
    wires : the bus. rx, tx : bytes from and to the host, in the domain `usb`. A packet leaves when
    it is full or when no further byte has come soon, see `UsbBurst`.
    """

    wires: Out(UsbWires())
    rx: Out(stream.Signature(8))
    tx: In(stream.Signature(8))

    def __init__(self, product: str) -> None:
        self._product = product
        super().__init__()

    def elaborate(self, platform):
        m = Module()
        pins, steady = _PHY_PINS.create(), Signal(2)
        m.submodules.steady = FFSynchronizer(self.wires.i, steady, o_domain="usb")
        m.submodules.phy = phy = GatewarePHY(io=pins)
        m.submodules.reset = reset = DomainRenamer("usb")(UsbReset())
        m.submodules.burst = burst = DomainRenamer("usb")(UsbBurst())
        device = _Device(
            bus=phy, idVendor=VENDOR_ID, idProduct=PRODUCT_ID, manufacturer_string=MAKER,
            product_string=self._product, max_packet_size=PACKET_BYTES,
        )  # fmt: skip
        # LUNA would take our platform for one of Amaranth's, which have the name of a device.
        m.submodules.device = ResetInserter({"usb": reset.o})(Fragment.get(device, None))
        connect(m, flipped(self.tx), burst.i)
        m.d.comb += [
            Cat(pins.d_p.i, pins.d_n.i).eq(self.wires.i),
            self.wires.o.eq(Cat(pins.d_p.o, pins.d_n.o)),
            self.wires.oe.eq(pins.d_p.oe),
            reset.i.eq(steady),
            self.wires.pullup.eq(pins.pullup.o),
            device.connect.eq(1),
            self.rx.valid.eq(device.rx.valid),
            self.rx.payload.eq(device.rx.payload),
            device.rx.ready.eq(self.rx.ready),
            device.tx.valid.eq(burst.o.valid),
            device.tx.payload.eq(burst.o.payload.byte),
            device.tx.last.eq(burst.o.payload.last),
            burst.o.ready.eq(device.tx.ready),
        ]
        return m
