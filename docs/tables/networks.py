"""The networks that come with the package, from their files."""

from importlib import resources

from lls_hw.network.file import load_network, network_names
from lls_hw.tools.page import markdown_table

__all__ = ["networks"]


def networks() -> str:
    """One line a network; the description is the first comment of its file."""
    library = resources.files("lls_hw.network") / "library"
    rows = [["name", "input", "layers", "weights", "what it is"]]
    for name in network_names():
        network = load_network(name)
        comment = (library / f"{name}.toml").read_text().splitlines()[0].removeprefix("# ")
        size = " x ".join(str(n) for n in network.input)
        widths = "-".join(str(layer.outputs) for layer in network.layers)
        weights = sum(a * b for a, b in network.shapes)
        rows.append([f"`{name}`", size, widths, f"{weights:,}", comment])
    return markdown_table(rows)
