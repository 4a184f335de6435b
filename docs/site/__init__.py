"""What the site adds to Sphinx: contents from the start page, docstrings in this project's form."""
