// The block RAM of ice40.v beside Yosys' model: they differ in bits that are read while written.

`include "reference.vh"

module one_mode #(parameter MODE = 0) (input clk, output reg [31:0] wrong, met);
    `RANDOM_PORTS(4)
    // Rows of 2 words of any mode, so that ports often meet.
    wire [10:0] waddr = {ada[2:0], 7'd0, ada[3]}, raddr = {adb[2:0], 7'd0, adb[3]};
    wire [15:0] mask = MODE == 0 ? di[31:16] : 16'd0;
    wire [15:0] seen, plain;
    own_SB_RAM40_4K #(.READ_MODE(MODE), .WRITE_MODE(MODE)) own (
        .RDATA(seen), .RCLK(clk), .RCLKE(1'b1), .RE(re), .RADDR(raddr),
        .WCLK(clk), .WCLKE(1'b1), .WE(we), .WADDR(waddr), .MASK(mask), .WDATA(di[15:0])
    );
    SB_RAM40_4K #(.READ_MODE(MODE), .WRITE_MODE(MODE)) yosys (
        .RDATA(plain), .RCLK(clk), .RCLKE(1'b1), .RE(re), .RADDR(raddr),
        .WCLK(clk), .WCLKE(1'b1), .WE(we), .WADDR(waddr), .MASK(mask), .WDATA(di[15:0])
    );
    localparam [15:0] BITS = MODE == 0 ? 16'hffff : MODE == 1 ? 16'h5555 : MODE == 2 ? 16'h2222
        : 16'h0808;
    wire same = ((waddr ^ raddr) & (11'h0ff | (1 << (8 + MODE)) - 11'h100)) == 0;
    reg [15:0] poison;
    initial begin
        wrong = 0;
        met = 0;
        poison = 0;
    end
    always @(posedge clk)
        if (re) begin
            poison = we && same ? BITS & ~mask : 16'd0;
            met = met + (poison != 0);
        end
    always @(negedge clk) if (seen != (plain ^ poison)) wrong = wrong + 1;
endmodule

module bench (input clk, output [31:0] wrong, met);
    wire [31:0] wrongs[0:3], mets[0:3];
    one_mode #(0) a (clk, wrongs[0], mets[0]);
    one_mode #(1) b (clk, wrongs[1], mets[1]);
    one_mode #(2) c (clk, wrongs[2], mets[2]);
    one_mode #(3) d (clk, wrongs[3], mets[3]);
    assign wrong = wrongs[0] + wrongs[1] + wrongs[2] + wrongs[3];
    assign met = mets[0] && mets[1] && mets[2] ? mets[3] : 32'd0;
endmodule
