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
    // An external memory as slow as it may be: one access in four cycles.
    wire [24:0] command;
    wire        command_valid, command_ready, write_valid, write_ready;
    wire [15:0] write;
    reg  [15:0] read;
    reg         read_valid = 1'b0;
    reg  [15:0] memory [0:(1 << 20) - 1];
    reg  [ 1:0] turn = 2'd0;
    assign command_ready = turn == 2'd3 && (write_valid || !command[0]);
    assign write_ready   = turn == 2'd3 && command_valid && command[0];
    always @(posedge clk) begin
        turn <= turn + 2'd1;
        read_valid <= command_valid && command_ready && !command[0];
        read <= memory[command[20:1]];
        if (write_valid && write_ready) memory[command[20:1]] <= write;
    end
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
