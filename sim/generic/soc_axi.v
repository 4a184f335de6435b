// A system on chip as a user of the core would write it: the core on a processor's bus.
module soc_axi (
    input  wire        aclk,
    input  wire        aresetn,
    input  wire [31:0] s_axi_awaddr,
    input  wire        s_axi_awvalid,
    output wire        s_axi_awready,
    input  wire [31:0] s_axi_wdata,
    input  wire [ 3:0] s_axi_wstrb,
    input  wire        s_axi_wvalid,
    output wire        s_axi_wready,
    output wire [ 1:0] s_axi_bresp,
    output wire        s_axi_bvalid,
    input  wire        s_axi_bready,
    input  wire [31:0] s_axi_araddr,
    input  wire        s_axi_arvalid,
    output wire        s_axi_arready,
    output wire [31:0] s_axi_rdata,
    output wire [ 1:0] s_axi_rresp,
    output wire        s_axi_rvalid,
    input  wire        s_axi_rready,
    output wire        irq,
    output wire        busy
);
`ifdef EXTERNAL
    wire [24:0] command;
    wire        command_valid, command_ready, write_valid, write_ready, read_valid;
    wire [15:0] write, read;
    slow_memory memory (
        .clk(aclk),
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
        .aclk(aclk),
        .aresetn(aresetn),
        .s_axi_awaddr(s_axi_awaddr[11:0]),
        .s_axi_awprot(3'b010),
        .s_axi_awvalid(s_axi_awvalid),
        .s_axi_awready(s_axi_awready),
        .s_axi_wdata(s_axi_wdata),
        .s_axi_wstrb(s_axi_wstrb),
        .s_axi_wvalid(s_axi_wvalid),
        .s_axi_wready(s_axi_wready),
        .s_axi_bresp(s_axi_bresp),
        .s_axi_bvalid(s_axi_bvalid),
        .s_axi_bready(s_axi_bready),
        .s_axi_araddr(s_axi_araddr[11:0]),
        .s_axi_arprot(3'b010),
        .s_axi_arvalid(s_axi_arvalid),
        .s_axi_arready(s_axi_arready),
        .s_axi_rdata(s_axi_rdata),
        .s_axi_rresp(s_axi_rresp),
        .s_axi_rvalid(s_axi_rvalid),
        .s_axi_rready(s_axi_rready),
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
        .irq(irq),
        .busy(busy)
    );
endmodule
