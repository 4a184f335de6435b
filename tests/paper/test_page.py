"""What docs/reproduction.md says is what the committed results say."""

import shutil
from pathlib import Path

from lls_hw.paper.reproduce import main

ROOT = Path(__file__).parents[2]


def test_page_has_the_committed_results(tmp_path):
    """Drawing the report again changes neither the page nor the table."""
    stored, results = ROOT / "bench/results/reproduce", tmp_path / "results"
    shutil.copytree(stored, results)
    page = tmp_path / "reproduction.md"
    shutil.copy(ROOT / "docs/reproduction.md", page)
    assert main(["--report", "--out", str(results), "--page", str(page)]) == 0
    assert page.read_text() == (ROOT / "docs/reproduction.md").read_text()
    assert (results / "results.md").read_text() == (stored / "results.md").read_text()
    assert "| LLS square | 1 | 88.06 | 89.86 | 90.20 | 90.57 |" in page.read_text()
