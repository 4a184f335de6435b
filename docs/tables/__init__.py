"""Tables of the documentation, each made from the code or from a committed result.

`python -m docs.tables` fills the regions of README.md and docs/*.md; tests/test_docs.py compares.
"""
