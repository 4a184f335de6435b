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

    lls_core trainer (
        .clk(clk),
        .rst(rst),
        .s_axis_tdata(in_data),
        .s_axis_tvalid(in_valid),
        .s_axis_tready(in_ready),
        .m_axis_tdata(out_data),
        .m_axis_tvalid(out_valid),
        .m_axis_tready(out_ready),
        .busy(busy)
    );

    // One pulse for each program that has ended.
    always @(posedge clk) was_busy <= busy & ~rst;
    assign irq = was_busy & ~busy;
endmodule
