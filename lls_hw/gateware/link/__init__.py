"""Gateware of the host link: UART, frames, reliable streams, commands."""
