"""What no one has thought of: files, frames and arguments at random.

The property is always the same: a result, or one sentence. `bench/fuzz.sh` tries for an hour what
the suite tries for half a minute.
"""

import os

from hypothesis import HealthCheck, settings

__all__ = ["outcome"]

_EXAMPLES = int(os.environ.get("LLS_FUZZ_EXAMPLES", "0"))
settings.register_profile(
    "fuzz",
    max_examples=_EXAMPLES or 100,
    derandomize=not _EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
settings.load_profile("fuzz")
