"""The golden model is fast enough to run beside a board."""

from bench.golden_speed import TARGET, samples_per_second


def test_mlp_trains_a_thousand_samples_a_second():
    assert samples_per_second(100) >= TARGET
