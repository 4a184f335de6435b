"""Optional packages of the reproduction."""

import pytest

pytest.importorskip("schedulefree", reason="needs schedulefree: pip install '.[paper]'")
