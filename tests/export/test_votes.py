"""Exponents of a block's own scores: golden model, ONNX and C give the same numbers.

A prediction shows only their sums' order; here every one is compared, for corner cases of the norm.
"""

import shutil
import subprocess

import numpy as np
import pytest
import torch

import lls_hw
from lls_hw.driver.initial import initial_state
from lls_hw.export.c_header import c_header
from lls_hw.export.inference import inference_of
from lls_hw.golden.integer import block_exponents
from lls_hw.golden.modulation import modulated_exponents
from tests.export.conftest import random_state

LATENTS = 64
CASES = [(basis, kind) for basis in ("square", "cosine") for kind in ("none", "vector", "matrix")]


def latents():
    """Zero, powers of two, all equal, ends of the range, and random ones of every size (N, 64)."""
    rng = np.random.default_rng(0)
    corners = [np.zeros(LATENTS), np.full(LATENTS, 131071), np.full(LATENTS, -131071)]
    for k in range(17):
        corners += [np.eye(LATENTS)[k] * 2**k, np.full(LATENTS, 2**k), np.full(LATENTS, -(2**k))]
    sizes = 2.0 ** rng.uniform(0, 17, (400, 1))
    return np.concatenate([corners, rng.uniform(-1, 1, (400, LATENTS)) * sizes]).astype(np.int32)


@pytest.fixture(params=CASES, ids=lambda case: "-".join(case))
def block(request):
    """The inference of a network whose block votes, and what the golden model says of latents."""
    basis, kind = request.param
    layers = (lls_hw.Dense(LATENTS, modulation=kind, temperature_shift=2), lls_hw.Dense(7))
    network = lls_hw.Network("votes", (1, 4, 4), layers, basis=basis, predict="vote")
    state = random_state(network, initial_state(network, 8, 0), np.random.default_rng(1))
    inference = inference_of(network, state)
    vote = inference.layers[0].vote
    u = torch.tensor(latents(), dtype=torch.int64)
    given = u, torch.tensor(vote.basis), vote.temperature_shift
    if kind == "none":
        return inference, block_exponents(*given, vote.basis_shift).numpy()
    modulation = torch.tensor(vote.modulation)
    return inference, modulated_exponents(*given, modulation, vote.basis_shift).numpy()


def test_onnx(block):
    onnx = pytest.importorskip("onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    from lls_hw.export.onnx_graph import Graph
    from lls_hw.export.onnx_votes import block_exponents as graph_of

    inference, expected = block
    graph = Graph()
    graph.add("Identity", graph_of(graph, "u", inference.layers[0].vote), out="y")
    value, kind = onnx.helper.make_tensor_value_info, onnx.TensorProto.DOUBLE
    sizes = [value("u", kind, ["N", LATENTS])], [value("y", kind, ["N", 7])]
    model = graph.model("votes", *sizes, {}).SerializeToString()
    session = onnxruntime.InferenceSession(model, providers=["CPUExecutionProvider"])
    assert np.array_equal(session.run(None, {"u": latents().astype(np.float64)})[0], expected)


PROGRAM = """
#include <stdio.h>
#include "net.h"

int main(void)
{
    static int32_t latents[LLS_LATENTS], exponents[LLS_CLASSES];
    int k;

    while (fread(latents, sizeof latents, 1, stdin)) {
        for (k = 0; k < LLS_CLASSES; k++)
            exponents[k] = 0;
        lls_vote(&lls_layers[0], latents, exponents);
        for (k = 0; k < LLS_CLASSES; k++)
            printf("%ld ", (long)exponents[k]);
        printf("\\n");
    }
    return 0;
}
"""


@pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler (cc)")
def test_c(block, tmp_path):
    inference, expected = block
    (tmp_path / "net.h").write_text(c_header(inference, "For a test."))
    (tmp_path / "main.c").write_text(PROGRAM)
    strict = ["-std=c99", "-fsanitize=undefined", "-fno-sanitize-recover=all"]
    subprocess.run(["cc", *strict, "-o", "main", "main.c"], cwd=tmp_path, check=True)
    done = subprocess.run([tmp_path / "main"], input=latents().tobytes(), capture_output=True)
    assert done.returncode == 0, done.stderr
    found = [line.split() for line in done.stdout.splitlines()]
    assert np.array_equal(np.array(found, dtype=np.int64), expected)
