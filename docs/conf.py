"""The documentation as a site: `make site` writes build/site/index.html.

The source folder is the repository, so that a link means the same here and in a checkout.
"""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from docs.site.contents import add_contents  # noqa: E402
from docs.site.docstrings import reformat, shorten  # noqa: E402
from lls_hw.version import VERSION  # noqa: E402

project = "lls-hw"
author = copyright = "the lls-hw authors"
version = release = VERSION

extensions = ["myst_parser", "sphinx.ext.autodoc"]
root_doc = "docs/index"
include_patterns = ["README.md", "CHANGELOG.md", "docs/*.md", "bench/results/*.md"]
exclude_patterns = [".*", "build", "sim_build", "bench/results/style.md"]

myst_heading_anchors = 4
suppress_warnings = ["myst.header"]
default_role = "py:obj"  # what stands in backticks is code, and a link if it is documented
smartquotes = False  # two hyphens begin an option
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True

html_theme = "furo"
html_title = f"lls-hw {VERSION}"
html_extra_path = ["site/index.html"]
html_show_sourcelink = html_show_sphinx = False
linkcheck_anchors = False


def setup(app):
    """What this project adds to Sphinx."""
    app.connect("source-read", add_contents)
    app.connect("autodoc-process-docstring", reformat)
    app.connect("autodoc-process-signature", shorten)
    return {"parallel_read_safe": True}
