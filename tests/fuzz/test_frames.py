"""Bytes from the line."""

from hypothesis import given
from hypothesis import strategies as st

from lls_hw.contract.frames import POSITION_BITS, Decoder, Frame, Kind, encode
from tests.fuzz.damage import damaged

FRAMES = st.lists(
    st.builds(
        Frame,
        kind=st.sampled_from(list(Kind)),
        sequence=st.integers(0, 2**POSITION_BITS - 1),
        received=st.integers(0, 2**POSITION_BITS - 1),
        consumed=st.integers(0, 2**POSITION_BITS - 1),
        payload=st.binary(max_size=60),
    ),
    min_size=1,
    max_size=4,
)


def pieces(data, cuts):
    """The data in pieces."""
    places = sorted({cut % (len(data) + 1) for cut in cuts} | {0, len(data)})
    return [data[a:b] for a, b in zip(places, places[1:], strict=False)]


@given(st.binary(max_size=2000), st.lists(st.integers(0, 2000), max_size=5))
def test_any_bytes_in_any_pieces(data, cuts):
    whole, cut = Decoder(), Decoder()
    frames = [frame for piece in pieces(data, cuts) for frame in cut.feed(piece)]
    assert frames == whole.feed(data)
    assert cut.damaged == whole.damaged


@given(FRAMES, st.data())
def test_damaged_frames_never_become_others(frames, data):
    sent = b"".join(map(encode, frames))
    decoder = Decoder()
    assert decoder.feed(sent) == frames
    got = decoder.feed(data.draw(damaged(sent)))
    whole = decoder.feed(encode(frames[0]))  # ends what is left of another one
    assert whole[-1] == frames[0]
    assert all(frame in frames for frame in got + whole)
