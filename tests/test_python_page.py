"""The examples of pages and of the README run, in order, as a reader would type them."""

import re
import shutil
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
_EXAMPLE = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PRINTED = {
    "docs/python.md": [
        r"epoch 3: 179/179  accuracy .*",
        r"Evaluation\(accuracy=0\.\d+, loss=0\.\d+, samples=359\)",
        r"Board\('golden:tiny'\) golden model 4 4",
        r"7039 cycles of a training step",
        r"The images are floats from 0 to 255; give floats from 0 to 1 .*: divide them by 255\.",
        r"2 \d\.\d+ 0\.\d+",
        r"\[\(\(9, 16\), dtype\('int16'\)\), .*",
        r"digit \d",
    ],
    "docs/export.md": [
        r"(1\.0|0\.99\d*) of the predictions are the same",
        r"Module '0\.0' \(Conv2d\): its kernel is 5 x 5; the engine has 3 x 3 and 1 x 1\.",
        r"TorchModel\(",
        r"\(9, 16\) int16 \[3, 3\] 0\.000244140625",
    ],
    "docs/own_transport.md": [
        r"my board .*",
        r"b'four'",
    ],
    "README.md": [
        r"epoch 3: 179/179  accuracy .*",
        r"Evaluation\(accuracy=0\.\d+, loss=0\.\d+, samples=359\)",
    ],
}  # fmt: skip
"""Lines that each page's examples print, among others, in this order."""


NEEDED = {"docs/export.md": ("onnx", "onnxruntime")}
"""What a page uses beside the package."""


@pytest.mark.parametrize("page", PRINTED)
def test_examples_run(page, tmp_path, monkeypatch, capsys):
    for package in ("sklearn", *NEEDED.get(page, ())):
        pytest.importorskip(package)
    if page in NEEDED and shutil.which("cc") is None:
        pytest.skip("no C compiler (cc)")
    monkeypatch.chdir(tmp_path)
    examples = _EXAMPLE.findall((ROOT / page).read_text())
    assert examples
    names: dict[str, object] = {}
    for example in examples:
        exec(compile(example, page, "exec"), names)
    lines = iter(capsys.readouterr().out.splitlines())
    for pattern in PRINTED[page]:
        assert any(re.fullmatch(pattern, line) for line in lines), pattern
