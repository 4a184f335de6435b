// The block RAMs of xilinx.v beside what their cells shall do.

`include "reference.vh"

// A cell whose ports have HALF bytes; words of both ports' width make it a simple dual-port memory.
module two_ports #(parameter HALF = 2, WA = 9, WB = 9, MODE = "READ_FIRST") (
    input clk, output reg [31:0] wrong, output [31:0] met
);
    `RANDOM_PORTS(HALF == 2 ? 14 : 15)
    localparam SDP = WA == 18 * HALF;
    localparam RAM_MODE = SDP ? "SDP" : "TDP";
    wire [71:0] expected;
    reference #(WA, WB, MODE != "READ_FIRST") reference (
        clk, we, re, ada, adb, di, be, expected, met
    );
    wire [2*HALF-1:0] enables = we ? (WA < 18 ? {2*HALF{1'b1}} : be[2*HALF-1:0]) : 0;
    wire [16*HALF-1:0] data;
    wire [2*HALF-1:0] parity;
    wire [8*HALF-1:0] doa, dob;
    wire [HALF-1:0] dopa, dopb;
    wire [18*HALF-1:0] seen;
    genvar k;
    generate
        for (k = 0; k < 2 * HALF; k = k + 1) begin : bytes
            assign {parity[k], data[8*k +: 8]} = di[9*k +: 9];
            if (SDP && k < HALF) assign seen[9*k +: 9] = {dopa[k], doa[8*k +: 8]};
            if (SDP && k >= HALF) assign seen[9*k +: 9] = {dopb[k-HALF], dob[8*(k-HALF) +: 8]};
            if (!SDP && k < HALF) assign seen[9*k +: 9] = {dopb[k], dob[8*k +: 8]};
            if (!SDP && k >= HALF) assign seen[9*k +: 9] = 9'd0;
        end
    endgenerate
    wire [14:0] a = SDP ? adb : ada, b = SDP ? ada : adb;
`define CELL_PARAMETERS #( \
    .RAM_MODE(RAM_MODE), .WRITE_MODE_A(MODE), .WRITE_MODE_B(MODE), \
    .READ_WIDTH_A(SDP ? WB : 0), .READ_WIDTH_B(SDP ? 0 : WB), \
    .WRITE_WIDTH_A(SDP ? 0 : WA), .WRITE_WIDTH_B(SDP ? WA : 0))
`define CELL_PINS \
    .CLKARDCLK(clk), .CLKBWRCLK(clk), .ENARDEN(SDP ? re : 1'b1), .ENBWREN(SDP ? 1'b1 : re), \
    .REGCEAREGCE(1'b0), .REGCEB(1'b0), .RSTRAMARSTRAM(1'b0), .RSTRAMB(1'b0), \
    .RSTREGARSTREG(1'b0), .RSTREGB(1'b0), \
    .DIADI(data[8*HALF-1:0]), .DIBDI(data[16*HALF-1:8*HALF]), \
    .DIPADIP(parity[HALF-1:0]), .DIPBDIP(parity[2*HALF-1:HALF]), \
    .WEA(SDP ? {HALF{1'b0}} : enables[HALF-1:0]), .WEBWE(SDP ? enables : {2*HALF{1'b0}}), \
    .DOADO(doa), .DOBDO(dob), .DOPADOP(dopa), .DOPBDOP(dopb)
    generate
        if (HALF == 2) own_RAMB18E1 `CELL_PARAMETERS cell_ (
            .ADDRARDADDR(a[13:0]), .ADDRBWRADDR(b[13:0]), `CELL_PINS
        );
        else own_RAMB36E1 `CELL_PARAMETERS cell_ (
            .ADDRARDADDR({1'b1, a}), .ADDRBWRADDR({1'b1, b}), `CELL_PINS
        );
    endgenerate
    wire [71:0] difference = seen ^ expected;
    initial wrong = 0;
    always @(negedge clk) if (difference << (72 - WB) != 0) wrong = wrong + 1;
endmodule

// Content at the start: bytes count from 0; the parity of byte n is its lowest bit but one.
module start (input clk, output reg [31:0] wrong);
    reg [10:0] n = 0;
    wire [7:0] low;
    wire parity;
    wire [15:0] none = 0, dob;
    wire [1:0] dopb;
    localparam [255:0] FIRST =
        256'h1f1e1d1c1b1a191817161514131211100f0e0d0c0b0a09080706050403020100;
    own_RAMB18E1 #(
        .READ_WIDTH_B(9), .INIT_00(FIRST), .INIT_2A(FIRST), .INITP_00(32'hcccccccc),
        .INITP_05(96'hcccccccc0000000000000000)
    ) cell_ (
        .CLKARDCLK(1'b0), .CLKBWRCLK(clk), .ENARDEN(1'b0), .ENBWREN(1'b1),
        .REGCEAREGCE(1'b0), .REGCEB(1'b0), .RSTRAMARSTRAM(1'b0), .RSTRAMB(1'b0),
        .RSTREGARSTREG(1'b0), .RSTREGB(1'b0), .ADDRARDADDR(14'd0), .ADDRBWRADDR({n, 3'd0}),
        .DIADI(none), .DIBDI(none), .DIPADIP(2'd0), .DIPBDIP(2'd0), .WEA(2'd0), .WEBWE(4'd0),
        .DOBDO(dob), .DOPBDOP(dopb)
    );
    wire filled = n / 32 == 0 || n / 32 == 42;
    initial wrong = 0;
    always @(negedge clk) begin
        if ({dopb[0], dob[7:0]} != (filled ? {n[1], 3'd0, n[4:0]} : 9'd0)) wrong = wrong + 1;
        n <= n + 1;
    end
endmodule

module bench (input clk, output [31:0] wrong, met);
    wire [31:0] wrongs[0:10], mets[0:9];
    two_ports #(2, 1, 1) a (clk, wrongs[0], mets[0]);
    two_ports #(2, 4, 4, "WRITE_FIRST") b (clk, wrongs[1], mets[1]);
    two_ports #(2, 9, 9) c (clk, wrongs[2], mets[2]);
    two_ports #(2, 18, 18, "NO_CHANGE") d (clk, wrongs[3], mets[3]);
    two_ports #(2, 36, 36) e (clk, wrongs[4], mets[4]);
    two_ports #(2, 18, 9) f (clk, wrongs[5], mets[5]);
    two_ports #(4, 9, 9) g (clk, wrongs[6], mets[6]);
    two_ports #(4, 36, 36, "WRITE_FIRST") h (clk, wrongs[7], mets[7]);
    two_ports #(4, 72, 72) i (clk, wrongs[8], mets[8]);
    two_ports #(4, 2, 18) j (clk, wrongs[9], mets[9]);
    start k (clk, wrongs[10]);
    integer index;
    reg [31:0] sum, least;
    always @* begin
        sum = wrongs[10];
        least = mets[0];
        for (index = 0; index < 10; index = index + 1) begin
            sum = sum + wrongs[index];
            if (mets[index] < least) least = mets[index];
        end
    end
    assign wrong = sum;
    assign met = least;
endmodule
