"""Engines by name: presets, TOML files and the design.json of a build."""

import json
from dataclasses import replace

import pytest

from lls_hw.bitstream.design import describe
from lls_hw.contract.config import PRESETS, Config, ConfigError
from lls_hw.contract.engine import engine_text, load_engine, named_engine

WHOLE = "rows = 4\ncols = 8\nweight_depth = 512\nact_depth = 256\n"


@pytest.fixture
def file(tmp_path):
    """Writes an engine file and returns its path."""

    def write(text, name="mine.toml"):
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return write


def test_a_preset_by_name():
    for name, config in PRESETS.items():
        assert load_engine(name) is config
        assert named_engine(name).name == name


def test_a_file_changes_a_preset(file):
    path = file('preset = "small"\nrows = 4\nmomentum = true\n')
    assert load_engine(path) == replace(PRESETS["small"], rows=4, momentum=True)
    assert load_engine(str(path)) == load_engine(path)
    assert named_engine(path).name == "mine"


def test_a_file_without_a_preset(file):
    expected = Config(rows=4, cols=8, weight_depth=512, act_depth=256)
    assert load_engine(file(WHOLE)) == expected


def test_names_are_safe_in_paths_and_tables(file):
    assert named_engine(file(WHOLE, "my [bold] engine.toml")).name == "my-bold-engine"


def test_the_design_of_a_build_is_its_engine(file):
    config = replace(PRESETS["tiny"], weight_depth=1024)
    text = json.dumps(describe(config, "mine", {}, []))
    found = named_engine(file(text, "design.json"))
    assert (found.name, found.config) == ("mine", config)


@pytest.mark.parametrize(
    "config",
    [
        *PRESETS.values(),
        replace(PRESETS["small"], rows=16, cols=32, trace=False),
        replace(PRESETS["tiny-sdram"], external_depth=1 << 22, basis_bits=8),
        Config(rows=4, cols=8, weight_depth=512, act_depth=256),
    ],
)
def test_an_engine_is_written_as_what_differs(config, file):
    text = engine_text(config)
    assert load_engine(file(text)) == config
    if config in PRESETS.values():
        assert text == f'preset = "{next(n for n, c in PRESETS.items() if c == config)}"\n'


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('preset = "small"\nrows = 7', "rows is 7; it must be a power of two, 2..32."),
        ('preset = "small"\nrows = 8.0', "rows is 8.0; it must be a power of two, 2..32."),
        ('preset = "small"\nmaps = 1', "maps is 1; it must be true or false."),
        ('preset = "small"\nact_depth = 0', "act_depth is 0; it must be a whole number, 2..1048"),
        ('preset = "huge"', "There is no preset 'huge'; the presets are nano"),
        ("preset = 3", "preset is 3; it must be one of nano"),
        ('preset = "small"\nrow = 8', "An engine has no field 'row'; did you mean rows?"),
        ('preset = "small"\nfoo = 8', "An engine has no field 'foo'; its fields are rows, cols"),
        ("[engine]\nrows = 8", "An engine has no field 'engine'"),
        ("rows = 8\ncols = 8", "It has no weight_depth and no act_depth; add weight_depth and "),
        ("", "It has no rows and no cols and no weight_depth"),
        ("rows = ", "is not valid: Invalid value"),
    ],
)
def test_what_is_wrong_with_a_file_is_said(file, text, said):
    path = file(text)
    with pytest.raises(ConfigError) as error:
        load_engine(path)
    assert str(error.value).startswith(f"The engine file {path}")
    assert said in str(error.value)


@pytest.mark.parametrize(
    "text",
    ["[]", "{}", "3", '{"configuration": 3, "preset": "x"}', '{"configuration": {"rows": 2}}'],
)
def test_another_json_file_is_refused(file, text):
    with pytest.raises(ConfigError, match="is no design.json of a build"):
        load_engine(file(text, "report.json"))


@pytest.mark.parametrize("text", ["{", '{"rows": ' + "[" * 100_000])
def test_a_damaged_json_file_is_refused(file, text):
    with pytest.raises(ConfigError, match="is not valid"):
        load_engine(file(text, "design.json"))


def test_files_that_cannot_be_read(tmp_path):
    with pytest.raises(ConfigError, match=r"none\.toml cannot be read \(No such file"):
        load_engine(tmp_path / "none.toml")
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(ConfigError, match=r"folder\.toml cannot be read \(Is a directory\)"):
        load_engine(tmp_path / "folder.toml")
    (tmp_path / "noise.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="is not text"):
        load_engine(tmp_path / "noise.toml")
    with pytest.raises(ConfigError, match="no preset 'engine.txt'.* ends in .toml"):
        load_engine("engine.txt")
