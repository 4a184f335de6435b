"""A project for Xilinx Vivado: one Tcl script next to its sources."""

__all__ = ["SOURCES", "vivado_project"]

SOURCES = ("top.v", "top.xdc")
"""Sources of the project, in the folder of its script."""


def vivado_project(part: str) -> str:
    """vivado.tcl: makes the project, the bitstream and reports.

    Run it with ``vivado -mode batch -source vivado.tcl``, from any folder.
    """
    return f"""\
# vivado -mode batch -source vivado.tcl
set here [file dirname [file normalize [info script]]]
create_project -force top [file join $here vivado] -part {part}
add_files -norecurse [list [file join $here top.v]]
add_files -norecurse -fileset constrs_1 [list [file join $here top.xdc]]
set_property top top [current_fileset]
launch_runs synth_1 -jobs 2
wait_on_run synth_1
launch_runs impl_1 -to_step write_bitstream -jobs 2
wait_on_run impl_1
open_run impl_1
report_utilization -file [file join $here vivado-utilization.rpt]
report_timing_summary -file [file join $here vivado-timing.rpt]
if {{[get_property SLACK [get_timing_paths]] < 0}} {{
    puts stderr "Timing is not met; see vivado-timing.rpt."
    exit 1
}}
file copy -force [file join $here vivado top.runs impl_1 top.bit] [file join $here top.bit]
"""
