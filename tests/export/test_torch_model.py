"""The PyTorch module computes the golden model's predictions and scores, to the last bit."""

import numpy as np
import pytest
import torch

import lls_hw


def agrees(trained, images=None):
    module = trained.model.to_torch()
    given = torch.from_numpy(trained.images if images is None else images)
    return trained.agrees(module(given).numpy(), module.predict(given).numpy())


def test_random_networks(random_network):
    assert agrees(random_network)


def test_packaged_networks(packaged_network):
    assert agrees(packaged_network)


def test_images_of_other_types(everything):
    for images in (everything.images.astype(np.int64), everything.images / 255,
                   (everything.images / 255).astype(np.float32)):  # fmt: skip
        assert agrees(everything, images)


def test_many_images_are_taken_in_parts(everything):
    images = np.tile(everything.images, (9, 1, 1, 1))
    scores = everything.model.to_torch()(torch.from_numpy(images)).numpy()
    assert np.array_equal(scores, np.tile(everything.scores, (9, 1)))


def test_state_dict_carries_the_weights(everything):
    """Into the module of a model with other weights of the same network."""
    other = lls_hw.Model(lls_hw.Board("golden"), everything.network, seed=9).to_torch()
    images = torch.from_numpy(everything.images)
    assert not np.array_equal(other(images).numpy(), everything.scores)
    other.load_state_dict(everything.model.to_torch().state_dict())
    assert everything.agrees(other(images).numpy(), other.predict(images).numpy())


def test_it_is_a_module_without_parameters(everything):
    module = everything.model.to_torch().eval()
    assert list(module.parameters()) == []
    assert "2, 6, kernel 3 x 3, pool" in repr(module)
    assert not module(torch.from_numpy(everything.images)).requires_grad


WRONG = [
    (torch.zeros(3, 2, 8, 7), r"shape \(3, 2, 8, 7\); network 'all' takes \(N, 2, 7, 8\)"),
    (torch.zeros(0, 2, 7, 8), r"shape \(0, 2, 7, 8\)"),
    (torch.full((1, 2, 7, 8), 1.5), "pixels from 382 to 382 of 255; give whole numbers"),
    (torch.full((1, 2, 7, 8), -1), "pixels from -1 to -1"),
    (torch.full((1, 2, 7, 8), torch.nan), "pixels from nan to nan"),
    (torch.zeros((1, 2, 7, 8), dtype=torch.int8), "are torch.int8; give uint8, or floats"),
]  # fmt: skip


@pytest.mark.parametrize(("images", "message"), WRONG)
def test_wrong_images(everything, images, message):
    with pytest.raises(lls_hw.LlsError, match=message):
        everything.model.to_torch()(images)


def test_flat_images_of_one_channel():
    network = lls_hw.load_network("digits")
    model = lls_hw.Model(lls_hw.Board("golden"), network)
    images = np.random.default_rng(0).integers(0, 256, (9, 64)).astype(np.uint8)
    module = model.to_torch()
    for shape in ((9, 64), (9, 8, 8), (9, 1, 8, 8)):
        found = module(torch.from_numpy(images.reshape(shape))).numpy()
        assert np.array_equal(found, model.scores(images))
