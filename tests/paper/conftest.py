"""Optional packages of the reproduction."""

import pytest

pytest.importorskip("schedulefree", reason="needs schedulefree: pip install 'lls-hw[paper]'")
