"""Schedule-free AdamW against the published recurrences, and its state."""

import torch

from lls_hw.paper.optimiser import Optimisers


def gradient(y, step):
    """Of a quadratic, with noise that depends on the step only."""
    noise = torch.randn(y.shape, generator=torch.Generator().manual_seed(step), dtype=y.dtype)
    return 3 * y - 1 + 0.1 * noise


def published(start, steps, rate, beta=0.9, beta2=0.999, epsilon=1e-8):
    """Algorithm 1 of Defazio et al. (2024), without warm-up, with x, y and z kept apart."""
    x, z, v, total = start.clone(), start.clone(), torch.zeros_like(start), 0.0
    for t in range(1, steps + 1):
        step = rate * (1 - beta2**t) ** 0.5
        y = (1 - beta) * z + beta * x
        g = gradient(y, t)
        v = beta2 * v + (1 - beta2) * g * g
        z = z - step * g / (v.sqrt() + epsilon)
        total += step**2
        c = step**2 / total
        x = (1 - c) * x + c * z
    return x, (1 - beta) * z + beta * x


def run(tensor, optimisers, first, last):
    for step in range(first, last + 1):
        tensor.grad = gradient(tensor, step)
        optimisers.step(0)


def test_published_recurrences():
    start = torch.randn(7, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    tensor = start.clone()
    optimisers = Optimisers([{"w": tensor}], rate=5e-3)
    run(tensor, optimisers, 1, 50)
    x, y = published(start, 50, 5e-3)
    torch.testing.assert_close(tensor, y, rtol=1e-12, atol=1e-12)
    optimisers.evaluate()
    torch.testing.assert_close(tensor, x, rtol=1e-12, atol=1e-12)
    optimisers.train()
    torch.testing.assert_close(tensor, y, rtol=1e-12, atol=1e-12)


def test_state_goes_on_where_it_was():
    start = torch.ones(3, 2)
    whole = start.clone()
    run(whole, Optimisers([{"w": whole}]), 1, 9)
    part = start.clone()
    optimisers = Optimisers([{"w": part}])
    run(part, optimisers, 1, 4)
    tensors, counters = optimisers.state()
    rest = part.clone()
    restored = Optimisers([{"w": rest}])
    restored.load({name: tensor.clone() for name, tensor in tensors.items()}, counters)
    run(rest, restored, 5, 9)
    assert torch.equal(rest, whole)


def test_groups_are_independent():
    a, b = torch.ones(2), torch.ones(2)
    optimisers = Optimisers([{"w": a}, {"w": b}])
    a.grad = torch.ones(2)
    optimisers.step(0)
    assert not torch.equal(a, torch.ones(2)) and torch.equal(b, torch.ones(2))
