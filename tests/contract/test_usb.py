"""USB's facts: what its link is called beside serial lines."""

from lls_hw.contract.line import RATES
from lls_hw.contract.usb import SERIAL_RATE, link_name, link_text


def test_only_usb_is_called_so():
    assert (link_name(SERIAL_RATE), link_text(SERIAL_RATE)) == ("USB link", "USB")
    assert {link_name(baud) for baud in RATES} == {"serial line"}
    assert link_text(8_000_000) == "8 Mbaud"
