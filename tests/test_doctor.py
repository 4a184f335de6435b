"""The examination of what is installed."""

import importlib.metadata
from pathlib import Path
from types import SimpleNamespace

import pytest

from lls_hw.boards import BOARDS, boards_at
from lls_hw.contract.usb import MAKER, PRODUCT_ID, VENDOR_ID, product
from lls_hw.doctor import packages, ports, programs
from lls_hw.doctor.__main__ import main
from lls_hw.doctor.finding import NEXT, PURPOSES, USUAL, Finding
from lls_hw.tools.failures import ToolMissing
from lls_hw.tools.packages import Requirement, install
from lls_hw.tools.toolchain import Tool, ToolBroken


@pytest.fixture
def quick(monkeypatch):
    """Tools that need not be asked for their versions."""
    monkeypatch.setattr(programs, "find_tool", lambda name: Tool(name, f"/bin/{name}", "9.9"))
    monkeypatch.setattr(programs, "_version", lambda path: f"9.9, {path}")


@pytest.fixture
def without(quick, monkeypatch):
    """Leaves out tools, programs and programmers."""
    missing = set()

    def find(name):
        if name in missing:
            raise ToolMissing(f"{name} was not found; install it with `pip install x`.")
        return Tool(name, name, "9.9")

    monkeypatch.setattr(programs, "find_tool", find)
    monkeypatch.setattr(
        programs.shutil, "which", lambda name, **_: None if name in missing else f"/bin/{name}"
    )
    return missing


def names(lines):
    return [line.split()[1].rstrip(":") for line in lines]


def test_everything_is_here(quick, capsys):
    assert main([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-2] == "Everything necessary is installed."
    assert lines[-1] == (
        "You can train on a simulated board; train on the golden model, compare a board with it, "
        f"and adapt; make bitstreams for ECP5 boards. Next: {NEXT['train']}"
    )
    assert all(line.startswith(("found    ", "without  ")) for line in lines[:-2])
    found = names(lines[:-2])
    for name in ("Python", "amaranth", "torch", "g++", "verilator", "yosys", "nextpnr-ecp5"):
        assert name in found
    assert f"found    numpy ({importlib.metadata.version('numpy')})" in lines


def test_each_thing_once(quick, capsys):
    """A package that only carries a tool is reported as the tool."""
    main([])
    found = names(capsys.readouterr().out.splitlines()[:-2])
    bare = [name.removeprefix("yowasp-") for name in found]
    assert len(bare) == len(set(bare))
    assert not [name for name in found if name.startswith("yowasp")]


def test_missing_things_say_what_to_type(without, capsys):
    without |= {"yosys", "make"}
    assert main([]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert "MISSING  make: apt install make" in lines
    assert "MISSING  yosys: yosys was not found; install it with `pip install x`." in lines
    assert sum("make" in line and line.startswith("MISSING") for line in lines) == 1
    assert lines[-2:] == [
        "2 missing; each line ends with what to type.",
        "You can train on the golden model, compare a board with it, and adapt. Next: type that, "
        "and `lls-hw doctor` again.",
    ]


@pytest.mark.parametrize(
    ("missing", "purpose", "status"),
    [
        ("g++", "train", 1),
        ("g++", "build", 0),
        ("nextpnr-ecp5", "build", 1),
        ("nextpnr-ecp5", "train", 0),
        ("yosys", "train", 1),
        ("yosys", "build", 1),
        ("yosys", "golden", 0),
    ],
)
def test_only_what_a_purpose_needs(without, capsys, missing, purpose, status):
    without.add(missing)
    assert main(["--for", purpose]) == status
    lines = capsys.readouterr().out.splitlines()
    assert (missing in names(lines[:-2])) == bool(status)
    assert "numpy" in names(lines[:-2])
    able = lines[-1].partition(". Next: ")[0].removeprefix("You can ").split("; ")
    assert (PURPOSES[purpose] in able) == (not status)
    if not status:
        assert lines[-2] == f"Everything necessary for {purpose} is installed."
        assert lines[-1].endswith(NEXT[purpose])


def test_nothing_works_without_python_packages_that_all_need(without, monkeypatch, capsys):
    monkeypatch.setattr(packages, "package", lambda needed: Finding(needed.name, None, "pip"))
    assert main([]) == 1
    said = capsys.readouterr().out.splitlines()[-1]
    assert said == "Nothing can be done without it. Next: type that, and `lls-hw doctor` again."


@pytest.mark.parametrize("home", ["nowhere", "file/home", None])
def test_without_a_home(tmp_path, monkeypatch, capsys, home):
    """The cache is what is missing; the tools that need it say so."""
    (tmp_path / "file").touch()
    (tmp_path / "nowhere").touch()
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    if home:
        monkeypatch.setenv("HOME", str(tmp_path / home))
    else:
        monkeypatch.setattr(Path, "home", no_home)
    broken = ToolBroken("x does not run (Permission denied); install it again.")
    monkeypatch.setattr(programs, "find_tool", raising(broken))
    monkeypatch.setattr(programs, "_version", lambda path: f"9.9, {path}")
    assert main(["--for", "build"]) == 1
    lines = capsys.readouterr().out.splitlines()
    (cache,) = [line for line in lines if line.startswith("MISSING  cache: ")]
    assert cache.endswith("set XDG_CACHE_HOME to a folder." if home is None else "another folder.")
    assert "found    yosys (installed; it runs once there is a cache, see above)" in lines
    assert lines[-1].startswith("You can train on the golden model")
    assert "simulated board" not in lines[-1]
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    main(["--for", "build"])
    assert f"MISSING  yosys: {broken}" in capsys.readouterr().out.splitlines()


def no_home():
    raise RuntimeError("Could not determine home directory.")


def raising(error):
    def find(name):
        raise error

    return find


def test_torch_is_needed_for_the_golden_model_alone(quick, monkeypatch, capsys):
    version = importlib.metadata.version

    def installed(name):
        if name == "torch":
            raise importlib.metadata.PackageNotFoundError(name)
        return version(name)

    monkeypatch.setattr(packages.importlib.metadata, "version", installed)
    assert main([]) == 0
    assert f"without  torch: {install('torch')}" in capsys.readouterr().out.splitlines()
    assert main(["--for", "golden"]) == 1
    assert f"MISSING  torch: {install('torch')}" in capsys.readouterr().out.splitlines()
    assert main(["--for", "build", "--for", "train"]) == 0


def test_unknown_purposes(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--for", "fun"])
    assert stop.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "invalid choice: 'fun' (choose from" in line and "load" in line


def test_packages_have_to_be_new_enough(monkeypatch):
    versions = {"numpy": "1.26.4", "amaranth": "0.6.0"}
    monkeypatch.setattr(packages.importlib.metadata, "version", versions.__getitem__)
    found = packages.package(Requirement("numpy", ">=2.0", None))
    assert found.line(USUAL) == "MISSING  numpy >=2.0: pip install 'numpy>=2.0' (found 1.26.4)"
    amaranth = Requirement("amaranth", "<0.6,>=0.5.8", None)
    assert packages.package(amaranth).found is None
    versions["amaranth"] = "0.5.10"
    assert packages.package(amaranth).found == "0.5.10"


def port(device, vid=0x403, pid=0x6015, product="ULX3S FPGA 85K v3.0.8", maker="FER-RADIONA-EMARD"):
    return SimpleNamespace(
        vid=vid, pid=pid, device=str(device), description=product, product=product,
        manufacturer=maker,
    )  # fmt: skip


def seen(monkeypatch, *found):
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: list(found))
    return list(ports.ports())


def test_ports(monkeypatch, tmp_path):
    """The board, what the chip calls itself, access, the timer."""
    device = tmp_path / "ttyUSB0"
    monkeypatch.setattr(ports, "LATENCY", str(tmp_path / "{name}.timer"))
    (closed,) = seen(monkeypatch, port(device))
    assert closed.found is None and closed.needed({"load"}) and not closed.needed(USUAL)
    assert "no access; sudo usermod -aG dialout $USER, then log in again" in closed.remedy
    device.touch()
    said = "perhaps ULX3S, ULX3S FPGA 85K v3.0.8, USB 0403:6015"
    assert seen(monkeypatch, port(device)) == [Finding(str(device), said, purposes={"load"})]
    (tmp_path / "ttyUSB0.timer").write_text("16\n")
    (slow,) = seen(monkeypatch, port(device))
    assert slow.found == f"{said}, latency timer 16 ms, which the driver sets to 1 ms"
    (tmp_path / "ttyUSB0.timer").write_text("1\n")
    (fast,) = seen(monkeypatch, port(device))
    assert fast.found == f"{said}, latency timer 1 ms"
    (none,) = seen(monkeypatch)
    assert none.found is None and not none.needed(USUAL) and none.needed({"load"})


@pytest.mark.parametrize(
    ("numbers", "text", "boards"),
    [
        ((0x403, 0x6015), "FT231X USB UART", "ulx3s"),
        ((0x403, 0x6010), "1BitSquared iCEBreaker V1.0e", "icebreaker"),
        ((0x403, 0x6010), "Digilent Digilent USB Device", "arty-a7 nexys4ddr"),
        ((0x403, 0x6010), "Dual RS232-HS", "ecpix5 icebreaker arty-a7 nexys4ddr"),
        ((0xD28, 0x204), "DAPLink CMSIS-DAP", "colorlight-i5"),
        ((0x1A86, 0x7523), "USB Serial", ""),
        ((VENDOR_ID, PRODUCT_ID), f"{MAKER} {product('OrangeCrab r0.2')}", "orangecrab"),
        ((VENDOR_ID, PRODUCT_ID), "somebody's first device", ""),
    ],
)
def test_boards_are_guessed(numbers, text, boards):
    """An adapter of one's own says nothing of the board behind it."""
    assert {board.name for board in boards_at(*numbers, text)} == set(boards.split())
    assert set(boards.split()) <= BOARDS.keys()


def test_one_programmer_is_enough(without, monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("PATH", str(tmp_path))
    device = tmp_path / "ttyUSB0"
    device.touch()
    monkeypatch.setattr("serial.tools.list_ports.comports", lambda: [port(device)])
    without |= {"openFPGALoader", "openfpgaloader-cli", "dfu-util", "iceprog"}
    assert main(["--for", "load"]) == 1
    (line,) = [line for line in capsys.readouterr().out.splitlines() if " programmer: " in line]
    assert line.startswith("MISSING  programmer: ")
    for remedy in ("apt install openfpgaloader", "apt install dfu-util"):
        assert remedy in line
    without.remove("dfu-util")
    assert main(["--for", "load"]) == 0
    assert "found    dfu-util (9.9, /bin/dfu-util)" in capsys.readouterr().out
