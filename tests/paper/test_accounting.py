"""Products and memory against counts made by hand and against real tensors."""

from fractions import Fraction

import pytest
import torch

from lls_hw.paper.accounting import Optimiser, activation_ratio, macs, memory
from lls_hw.paper.costs import main
from lls_hw.paper.model import PaperModel
from lls_hw.paper.networks import RecipeError, network
from lls_hw.paper.rules import RULES, rule

SMALLCONV28 = network("smallconv").plan((1, 28, 28), 10)
SMALLCONV32 = network("smallconv").plan((3, 32, 32), 10)
VGG8 = network("vgg8").plan((3, 32, 32), 10)


def test_smallconv_by_hand():
    layers = (
        28 * 28 * 32 * 9 * 1, 14 * 14 * 64 * 9 * 32, 7 * 7 * 128 * 9 * 64, 512 * 512, 512 * 10,
    )  # fmt: skip
    bp, lls = macs(SMALLCONV28, rule("bp")), macs(SMALLCONV28, rule("lls-square"))
    assert bp.forward == bp.gradient == lls.forward == lls.gradient == sum(layers) == 7_718_400
    assert bp.signal == sum(layers[1:]) == 7_492_608
    assert lls.signal == 2 * 10 * (32 * 16 + 64 * 4 + 128 * 4 + 512) == 35_840
    assert (bp.step, lls.step) == (22_929_408, 15_472_640)


@pytest.mark.parametrize(
    "plan, parameters, forward, error, signal, steps, activations",
    [
        (SMALLCONV28, 361_930, 7_718_400, 7_492_608, 35_840, (22_929_408, 15_472_640),
         Fraction(55_642, 25_872)),
        (SMALLCONV32, 362_506, 10_589_184, 9_704_448, 35_840, (30_882_816, 21_214_208),
         Fraction(74_250, 35_840)),
        (VGG8, 7_133_194, 722_872_320, 719_333_376, 204_800, (2_165_078_016, 1_445_949_440),
         Fraction(859_146, 393_216)),
    ],
    ids=["smallconv28", "smallconv32", "vgg8"],
)  # fmt: skip
def test_the_published_networks(plan, parameters, forward, error, signal, steps, activations):
    bp, lls = macs(plan, rule("bp")), macs(plan, rule("lls-square"))
    assert plan.parameters == parameters
    assert bp.forward == bp.gradient == lls.gradient == forward
    assert (bp.signal, lls.signal) == (error, signal)
    assert (bp.step, lls.step) == steps
    assert activation_ratio(plan) == float(activations)


@pytest.mark.parametrize(
    "plan, shown",
    [
        (SMALLCONV28, ("7.718", "7.493", "0.036", "22.9", "15.5", "2.15")),
        (SMALLCONV32, ("10.59", "9.70", "0.036", "30.9", "21.2", "2.07")),
        (VGG8, ("722.9", "719.3", "0.205", "2165", "1446", "2.18")),
    ],
    ids=["smallconv28", "smallconv32", "vgg8"],
)
def test_as_printed(plan, shown):
    """The rounded figures of the documentation, in millions; the last is the activations' ratio."""
    bp, lls = macs(plan, rule("bp")), macs(plan, rule("lls-square"))
    exact = (bp.forward, bp.signal, lls.signal, bp.step, lls.step)
    places = [len(text.partition(".")[2]) for text in shown]
    for count, text, digits in zip(exact, shown, places, strict=False):
        assert f"{count / 1e6:.{digits}f}" == text
    assert f"{activation_ratio(plan):.2f}" == shown[-1]


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("model", ["smallconv", "smallconvl", "mobilenetv1", "mlp-30-20"])
def test_parameters_are_those_of_the_model(model, name):
    """Every trainable and every stored random number of the real thing is counted."""
    plan = network(model).plan((3, 16, 16), 7)
    real, counted = PaperModel(plan, rule(name)), memory(plan, rule(name))
    groups = [sum(t.numel() for t in group.values()) for group in real.parameters()]
    assert counted.parameters == sum(groups)
    assert counted.gradients == (max(groups) if rule(name).local else sum(groups))
    fixed = sum(block.feedback.numel() for block in real.blocks if block.feedback is not None)
    for block in real.blocks:
        head = block.head
        if head is not None and not head.trained and not rule(name).normalised:
            fixed += head.basis.numel()
    assert counted.fixed == fixed


def test_forward_products_are_those_pytorch_counts():
    from torch.utils.flop_counter import FlopCounterMode

    for name in ("smallconv", "vgg8", "mobilenetv1", "mlp-50-40"):
        plan = network(name).plan((3, 20, 20), 7)
        model = PaperModel(plan, rule("bp"))
        with FlopCounterMode(display=False) as counter:
            model.infer(torch.zeros(1, 3, 20, 20))
        averages = counter.get_flop_counts()["Global"].get(torch.ops.aten.bmm, 0)
        assert counter.get_total_flops() - averages == 2 * macs(plan, rule("bp")).forward


@pytest.mark.parametrize(
    "model, shape, classes",
    [("smallconv", (1, 28, 28), 6), ("smallconv", (3, 32, 32), 9), ("smallconvl", (3, 32, 32), 26),
     ("vgg8", (3, 32, 32), 117), ("vgg8", (3, 64, 64), 467)],
)  # fmt: skip
def test_most_classes_with_three_hundred_times_fewer_products(model, shape, classes):
    for k, enough in ((classes, True), (classes + 1, False)):
        plan = network(model).plan(shape, k)
        bp, lls = macs(plan, rule("bp")).signal, macs(plan, rule("lls-square")).signal
        assert (bp >= 300 * lls) is enough


def test_heads():
    """d = 1792, K = 10."""
    plain = macs(SMALLCONV28, rule("lls-square"))
    vector, matrix = macs(SMALLCONV28, rule("lls-m")), macs(SMALLCONV28, rule("lls-mxm"))
    assert vector.signal - plain.signal == 2 * 4 * 10
    assert vector.gradient - plain.gradient == 4 * 10
    assert matrix.signal - plain.signal == 2 * 4 * 100
    reduced = macs(SMALLCONV28, rule("lls-mxm-reduced"))
    assert reduced.signal == 2 * 20 * 1792 + 2 * 4 * 20 * 10
    trained = macs(SMALLCONV28, rule("local-losses"))
    assert trained.gradient - plain.gradient == 10 * 1792
    maps = 32 * 784 + 64 * 196 + 128 * 49 + 512
    assert macs(SMALLCONV28, rule("dfa")).signal == 10 * maps
    assert macs(SMALLCONV28, rule("drtp")).signal == 0
    assert memory(SMALLCONV28, rule("dfa")).fixed == 10 * maps


def test_memory_by_hand():
    bp = memory(SMALLCONV28, rule("bp"), Optimiser.ADAMW_SCHEDULE_FREE)
    lls = memory(SMALLCONV28, rule("lls-square"), Optimiser.ADAMW_SCHEDULE_FREE)
    assert bp.optimiser == lls.optimiser == 2 * 361_930
    assert lls.gradients == 512 * 512 + 3 * 512
    assert (bp.activations, lls.activations) == (55_642, 784 + 25_088)
    assert (bp.error, lls.error) == (25_088, 512)
    shared = 361_930 + 2 * 361_930
    assert lls.total(128) == shared + lls.gradients + 128 * (25_872 + 512)
    assert macs(SMALLCONV28, rule("bp"), Optimiser.MOMENTUM).update == 2 * 361_930


def test_each_map_once():
    """784 + 25088 + 6272 numbers of the first block against all that is ever written."""
    everything = 784 + 25_088 + 6_272 + 12_544 + 3_136 + 6_272 + 512 + 512 + 10
    assert activation_ratio(SMALLCONV28, once=True) == everything / (784 + 25_088 + 6_272)


def test_a_separable_block_has_its_own_backward_pass():
    """The error of the 1 x 1 convolution's input is a product that LLS does not save."""
    plan = network("mobilenetv1").plan((3, 32, 32), 10)
    inside = sum(block.stages[1].macs for block in plan.blocks[1:])
    assert macs(plan, rule("lls-square")).signal == 2 * 10 * plan.latents + inside


def test_command(tmp_path, capsys):
    plot, counts = tmp_path / "costs.png", tmp_path / "costs.json"
    assert main(["--markdown", "--plot", str(plot), "--json", str(counts)]) == 0
    page = capsys.readouterr().out
    assert "| smallconv 28x28x1, K=10 | 361,930 | 7.718 M | 7.493 M | 0.036 M | 209.1 |" in page
    assert plot.stat().st_size > 10_000
    assert '"signal": 35840' in counts.read_text()


def test_wide_tables_are_cut_for_the_terminal(capsys, monkeypatch):
    """In 80 columns: no line is longer, no word is cut, each part has the networks' names."""
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["--rule", "bp,lls-square"]) == 0
    page = capsys.readouterr().out
    assert max(map(len, page.splitlines())) <= 80 and "…" not in page
    assert page.count("smallconvl 32x32x3, K=100") >= 3
    for figure in ("34,546.391 M", "23,068.717 M", "280,217.7"):
        assert figure in page


def test_command_with_one_network(capsys):
    arguments = ["--model", "mlp-20", "--input", "1,4,4", "--classes", "3", "--rule", "bp"]
    assert main([*arguments, "--markdown"]) == 0
    assert "| mlp-20 4x4x1, K=3 | 443 | 0.000 M |" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--model", "lenet"], "no network 'lenet'"),
        (["--model", "vgg8", "--input", "3,4,4"], "too small for vgg8"),
        (["--rule", "hebb"], "no rule 'hebb'"),
    ],
)
def test_bad_arguments(arguments, message, capsys):
    assert main(arguments) == 1
    assert message in capsys.readouterr().err


def test_unknown_names():
    for name in ("mlp-0", "mlp", "mlp-65537", f"mlp-{'9' * 5000}", "mlp-²"):
        with pytest.raises(RecipeError, match="mlp-100-50"):
            network(name)
