"""The C header computes the golden model's predictions and scores, to the last bit."""

import shutil
import subprocess

import numpy as np
import pytest

from lls_hw.export.c_header import c_header
from lls_hw.export.inference import inference_of

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="no C compiler (cc)")

STRICT = ["-std=c99", "-O1", "-Wall", "-Wextra", "-Werror", "-pedantic", "-Wconversion", "-Wshadow",
          "-fsanitize=undefined", "-fno-sanitize-recover=all"]  # fmt: skip
PROGRAM = """
#include <stdio.h>
#include "net.h"

int main(void)
{
    static uint8_t image[LLS_HEIGHT * LLS_WIDTH * LLS_CHANNELS];
    static uint16_t scores[LLS_CLASSES];
    int k;

    while (fread(image, sizeof image, 1, stdin)) {
        int best = lls_predict(image, scores);

        printf("%d", best == lls_predict(image, NULL) ? best : -1);
        for (k = 0; k < LLS_CLASSES; k++)
            printf(" %u", (unsigned)scores[k]);
        printf("\\n");
    }
    return 0;
}
"""


def compiled(header, folder):
    """A program that reads images and prints class and scores of each."""
    (folder / "net.h").write_bytes(header)
    (folder / "main.c").write_text(PROGRAM)
    subprocess.run(["cc", *STRICT, "-o", "main", "main.c"], cwd=folder, check=True)
    return folder / "main"


def agrees(trained, folder):
    trained.model.export(folder / "exported.h")
    program = compiled((folder / "exported.h").read_bytes(), folder)
    pixels = trained.images.transpose(0, 2, 3, 1).tobytes()
    done = subprocess.run([program], input=pixels, capture_output=True, check=True)
    rows = np.array([line.split() for line in done.stdout.splitlines()], dtype=np.int64)
    return trained.agrees(rows[:, 1:] / 32768, rows[:, 0])


def test_random_networks(random_network, tmp_path):
    assert agrees(random_network, tmp_path)


def test_packaged_networks(packaged_network, tmp_path):
    assert agrees(packaged_network, tmp_path)


def test_votes_come_only_where_they_are_used(everything, tmp_path):
    everything.model.export(tmp_path / "all.h")
    text = (tmp_path / "all.h").read_text()
    assert "lls_vote(" in text and "@" not in text
    assert max(len(line) for line in text.splitlines()) <= 100


def test_any_name_is_a_comment(everything, tmp_path):
    """It may not end the comment, nor begin another."""
    inference = inference_of(everything.network, everything.state)
    compiled(c_header(inference, "a */ int x; /* b").encode(), tmp_path)
    assert (tmp_path / "net.h").read_text().startswith("/*\n * a * / int x; / * b\n */\n")
