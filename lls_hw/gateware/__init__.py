"""The engine in Amaranth; `core` is its top, `system` adds the link, `top` the pins."""
