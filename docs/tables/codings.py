"""What fewer bytes for an input would bring, from bench/results/input-codings.json."""

from docs.tables.source import result
from lls_hw.contract.line import rate_text
from lls_hw.tools.page import markdown_table

__all__ = ["codings"]


def codings() -> str:
    """One row a coding: bytes and images a second for each data set; then accuracies."""
    measured = result("input-codings.json")
    data = measured["data"]
    line = rate_text(measured["baud"])
    sizes = [["bytes an image (images/s over " + line + ")", *data]]
    names = {
        "8 bits": "8 bits a value, as they are sent",
        "4 bits": "4 bits a value",
        "1 bits": "1 bit a value",
        "runs": "runs of the most frequent value, lossless",
        "zlib": "zlib, each batch by itself, lossless",
    }
    for key, name in names.items():
        cells = (
            f"{found['bytes'][key]:,.0f} ({found['samples_per_second'][key]:,.0f})"
            for found in data.values()
        )
        sizes.append([name, *cells])
    used = [f"{name}, `{found['network']}`" for name, found in data.items()]
    tests = [["test accuracy with", *used]]
    for bits in ("8", "4", "1"):
        found_ones = (found["accuracy"].get(bits) for found in data.values())
        shares = ("–" if share is None else f"{100 * share:.1f} %" for share in found_ones)
        tests.append([f"{bits} bit{'s' if bits != '1' else ''} a value", *shares])
    for what, key in (("trained on", "images"), ("epochs", "epochs"), ("tested on", "tested")):
        tests.append([what, *(f"{x[key]:,}" if x["accuracy"] else "–" for x in data.values())])
    return f"{markdown_table(sizes)}\n{markdown_table(tests)}"
