"""The parser of all command lines."""

from argparse import ArgumentTypeError

import pytest

from lls_hw.tools.arguments import MOST, Parser, complete, completions, count, positive, share


@pytest.fixture
def parser():
    options = Parser(prog="it")
    options.add_argument("--data-dir")
    options.add_argument("--count", type=count)
    options.add_argument("rest", nargs="*")
    return options


@pytest.mark.parametrize(
    ("words", "folder", "rest"),
    [
        (["--data_dir", "a_b"], "a_b", []),
        (["--data_dir=a_b", "c_d"], "a_b", ["c_d"]),
        (["--data-dir", "a"], "a", []),
        (["--", "--data_dir"], None, ["--data_dir"]),
    ],
)
def test_underscores_in_names_alone(parser, words, folder, rest):
    args = parser.parse_args(words)
    assert (args.data_dir, args.rest) == (folder, rest)


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "one", "²"])
def test_counts(parser, text, capsys):
    assert parser.parse_args(["--count", "12"]).count == 12
    assert parser.parse_args(["--count", "000999999999"]).count == MOST - 1
    with pytest.raises(SystemExit) as stop:
        parser.parse_args([f"--count={text}"])
    assert stop.value.code == 2
    said = f"argument --count: {text!r} is no count; use a whole number from 1 on; see it --help.\n"
    assert capsys.readouterr().err == said


@pytest.mark.parametrize(
    ("kind", "fits", "wrong"),
    [
        (positive, ["1", "0.5", "1e-9"], ["0", "-1", "inf", "-inf", "nan", "1e999", "", "one"]),
        (share, ["0.5", "1e-9"], ["0", "1", "-0.5", "nan", "inf", "one"]),
    ],
)
def test_fractions(kind, fits, wrong):
    assert [kind(text) for text in fits] == [float(text) for text in fits]
    for text in wrong:
        with pytest.raises(ArgumentTypeError, match="does not fit; use a number"):
            kind(text)


@pytest.mark.parametrize(
    ("words", "which"),
    [
        (["--data-dir", ""], "--data-dir"),
        (["--data_dir="], "--data-dir"),
        (["--count", " "], "--count"),
        (["a", ""], "2"),
        (["--", "", "a"], "2"),
    ],
)
def test_empty_values(parser, words, which, capsys):
    """As of a shell variable that is not set; an empty path would be the present folder."""
    with pytest.raises(SystemExit) as stop:
        parser.parse_args(words)
    assert stop.value.code == 2
    said = f"argument {which}: its value is empty; give one or leave the option out; see it --help."
    assert capsys.readouterr().err == f"{said}\n"


def test_completions(parser):
    action = parser.add_argument("--network")
    assert completions(action) == ()
    complete(action, {"a": 1, "b": 2})
    assert completions(action) == ("a", "b")
    assert parser.parse_args(["--network", "c"]).network == "c"
