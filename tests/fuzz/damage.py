"""Files that something has happened to."""

from hypothesis import strategies as st

__all__ = ["damaged"]


@st.composite
def damaged(draw: st.DrawFn, content: bytes) -> bytes:
    """The content after up to four of: bytes changed, cut out, put in, repeated, cut off."""
    data = bytearray(content)
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        length = draw(st.sampled_from((1, 1, 2, 4, 8, 64)))
        kind = draw(st.sampled_from(("change", "cut out", "put in", "repeat", "cut off")))
        if kind == "change":
            data[at : at + length] = draw(st.binary(min_size=1, max_size=length))
        elif kind == "cut out":
            del data[at : at + length]
        elif kind == "put in":
            data[at:at] = draw(st.binary(max_size=length))
        elif kind == "repeat":
            data[at:at] = data[at : at + length] * draw(st.integers(1, 8))
        else:
            del data[at:]
    return bytes(data)
