// Block RAM of the iCE40: Yosys' model, but that a read of bits which are written in the same cycle
// returns them inverted.

module own_SB_RAM40_4K (
    output [15:0] RDATA,
    input RCLK, RCLKE, RE, WCLK, WCLKE, WE,
    input [10:0] RADDR, WADDR,
    input [15:0] MASK, WDATA
);
    parameter WRITE_MODE = 0;
    parameter READ_MODE = 0;
`define INIT_PARAMETER(N) parameter [255:0] INIT_``N = 256'd0;
    `INIT_PARAMETER(0) `INIT_PARAMETER(1) `INIT_PARAMETER(2) `INIT_PARAMETER(3)
    `INIT_PARAMETER(4) `INIT_PARAMETER(5) `INIT_PARAMETER(6) `INIT_PARAMETER(7)
    `INIT_PARAMETER(8) `INIT_PARAMETER(9) `INIT_PARAMETER(A) `INIT_PARAMETER(B)
    `INIT_PARAMETER(C) `INIT_PARAMETER(D) `INIT_PARAMETER(E) `INIT_PARAMETER(F)
`undef INIT_PARAMETER

    wire [15:0] rdata;
    SB_RAM40_4K #(
        .WRITE_MODE(WRITE_MODE), .READ_MODE(READ_MODE),
        .INIT_0(INIT_0), .INIT_1(INIT_1), .INIT_2(INIT_2), .INIT_3(INIT_3),
        .INIT_4(INIT_4), .INIT_5(INIT_5), .INIT_6(INIT_6), .INIT_7(INIT_7),
        .INIT_8(INIT_8), .INIT_9(INIT_9), .INIT_A(INIT_A), .INIT_B(INIT_B),
        .INIT_C(INIT_C), .INIT_D(INIT_D), .INIT_E(INIT_E), .INIT_F(INIT_F)
    ) cell_ (
        .RDATA(rdata), .RCLK(RCLK), .RCLKE(RCLKE), .RE(RE), .RADDR(RADDR),
        .WCLK(WCLK), .WCLKE(WCLKE), .WE(WE), .WADDR(WADDR), .MASK(MASK), .WDATA(WDATA)
    );

    // In modes 1 to 3, address bits from 8 on choose one of 2, 4, 8 neighbouring bits.
    function [15:0] lanes(input integer mode, input [2:0] high);
        case (mode)
            0: lanes = 16'hffff;
            1: lanes = 16'h5555 << high[0];
            2: lanes = 16'h1111 << high[1:0];
            default: lanes = 16'h0101 << high;
        endcase
    endfunction
    wire [15:0] written = lanes(WRITE_MODE, WADDR[10:8]) & (WRITE_MODE == 0 ? ~MASK : 16'hffff);
    wire meets = WE & WCLKE & WADDR[7:0] == RADDR[7:0];
    reg [15:0] collision = 0;
    always @(posedge RCLK)
        if (RE & RCLKE) collision <= meets ? written & lanes(READ_MODE, RADDR[10:8]) : 16'd0;

    localparam GROUP = 1 << READ_MODE;
    localparam PLACE = READ_MODE < 2 ? 0 : READ_MODE == 2 ? 1 : 3;  // of a word's bit in its group
    genvar k;
    generate
        for (k = 0; k < 16; k = k + 1) begin : bits
            if (k % GROUP == PLACE) assign RDATA[k] = rdata[k] ^ (|collision[k - PLACE +: GROUP]);
            else assign RDATA[k] = rdata[k];
        end
    endgenerate
endmodule
