"""The examples of docs/python.md and of the README run, in order, as a reader would type them."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_EXAMPLE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PRINTED = {
    "docs/python.md": [
        r"epoch 3: 179/179  accuracy .*",
        r"Evaluation\(accuracy=0\.\d+, loss=0\.\d+, samples=359\)",
        r"Board\('golden:tiny'\) golden model 4 4",
        r"5503 cycles of a training step",
        r"The images are floats from 0 to 255; give floats from 0 to 1 .*: divide them by 255\.",
        r"2 \d\.\d+ 0\.\d+",
        r"\[\(\(9, 16\), dtype\('int16'\)\), .*",
        r"digit \d",
    ],
    "README.md": [
        r"epoch 3: 179/179  accuracy .*",
        r"Evaluation\(accuracy=0\.\d+, loss=0\.\d+, samples=359\)",
    ],
}  # fmt: skip
"""Lines that each page's examples print, among others, in this order."""


@pytest.mark.parametrize("page", PRINTED)
def test_examples_run(page, tmp_path, monkeypatch, capsys):
    pytest.importorskip("sklearn")
    monkeypatch.chdir(tmp_path)
    examples = _EXAMPLE.findall((ROOT / page).read_text())
    assert examples
    names: dict[str, object] = {}
    for example in examples:
        exec(compile(example, page, "exec"), names)
    lines = iter(capsys.readouterr().out.splitlines())
    for pattern in PRINTED[page]:
        assert any(re.fullmatch(pattern, line) for line in lines), pattern
