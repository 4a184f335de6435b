"""Arguments of the Python interface, and addresses."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import lls_hw
from lls_hw.driver.address import mapped_address, parse_address
from tests.fuzz.outcome import result_of

NUMBERS = st.sampled_from(("u1", "i1", "i2", "i8", "f4", "f8", "?", "c8", "O", "U3"))
SHAPES = st.one_of(
    st.sampled_from(((3, 1, 8, 8), (3, 8, 8), (3, 64), (3,), (8, 8), (0, 1, 8, 8), (3, 8, 8, 1))),
    arrays.array_shapes(min_dims=0, max_side=9),
)
IMAGES = st.tuples(NUMBERS, SHAPES).flatmap(lambda kind: images_of(*kind))
SCALARS = st.one_of(
    st.none(), st.integers(-3, 2**70), st.floats(), st.text(max_size=3), st.booleans(),
    st.lists(st.integers(-1, 12), max_size=4), st.just(object), st.binary(max_size=3),
)  # fmt: skip
LABELS = st.one_of(
    SCALARS, st.lists(st.integers(0, 9), min_size=3, max_size=3),
    arrays.arrays(np.dtype("f8"), 3), arrays.arrays(np.dtype("i8"), (3, 1)),
)  # fmt: skip


def images_of(dtype, shape):
    """Images of any values; of objects a few."""
    some = st.sampled_from((None, 1, "a")) if dtype == "O" else None
    return arrays.arrays(np.dtype(dtype), shape, elements=some)


@pytest.fixture(scope="module")
def model():
    with lls_hw.Board("golden") as board:
        yield lls_hw.Model(board, lls_hw.load_network("digits"), seed=0, batch=2)


@given(st.one_of(IMAGES, SCALARS))
def test_predict(model, images):
    classes = result_of(lambda: model.predict(images))
    assert classes is None or set(np.unique(classes)) <= set(range(10))
    result_of(lambda: model.scores(images))


@given(st.one_of(IMAGES, SCALARS), LABELS, st.one_of(st.just(1), SCALARS))
def test_fit_and_evaluate(model, images, labels, epochs):
    many = isinstance(epochs, int) and epochs > 2
    before = model.epochs
    done = result_of(lambda: model.fit(images, labels, epochs=2 if many else epochs))
    assert model.epochs == before + len(done or ())
    found = result_of(lambda: model.evaluate(images, labels))
    assert found is None or 0 <= found.accuracy <= 1


@given(st.one_of(st.text(max_size=20), st.builds(
    "{}{}{}".format,
    st.sampled_from(("sim:", "golden:", "socket://", "uio:", "mem:", "usb", "sim:tiny")),
    st.text(max_size=8), st.sampled_from(("", "@3M", "@", ":1", "@1e9", "@-1", "@3M/60M")),
)))  # fmt: skip
def test_addresses(url):
    def opened():
        address = parse_address(url)
        if address is not None:
            address.check()
        return mapped_address(url)

    result_of(opened)
