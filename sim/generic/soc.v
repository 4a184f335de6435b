// A system on chip as a user of the core would write it: the core between two byte channels.
module soc (
    input  wire       clk,
    input  wire       rst,
    input  wire [7:0] in_data,
    input  wire       in_valid,
    output wire       in_ready,
    output wire [7:0] out_data,
    output wire       out_valid,
    input  wire       out_ready,
    output wire       irq
);
    wire busy;
    reg  was_busy = 1'b0;

`ifdef EXTERNAL
    wire [24:0] command;
    wire        command_valid, command_ready, write_valid, write_ready, read_valid;
    wire [15:0] write, read;
    slow_memory memory (
        .clk(clk),
        .command(command),
        .command_valid(command_valid),
        .command_ready(command_ready),
        .write(write),
        .write_valid(write_valid),
        .write_ready(write_ready),
        .read(read),
        .read_valid(read_valid)
    );
`endif

    lls_core trainer (
        .clk(clk),
        .rst(rst),
        .s_axis_tdata(in_data),
        .s_axis_tvalid(in_valid),
        .s_axis_tready(in_ready),
        .m_axis_tdata(out_data),
        .m_axis_tvalid(out_valid),
        .m_axis_tready(out_ready),
`ifdef EXTERNAL
        .m_axis_command_tdata(command),
        .m_axis_command_tvalid(command_valid),
        .m_axis_command_tready(command_ready),
        .m_axis_write_tdata(write),
        .m_axis_write_tvalid(write_valid),
        .m_axis_write_tready(write_ready),
        .s_axis_read_tdata(read),
        .s_axis_read_tvalid(read_valid),
`endif
        .busy(busy)
    );

    // One pulse for each program that has ended.
    always @(posedge clk) was_busy <= busy & ~rst;
    assign irq = was_busy & ~busy;
endmodule
