// The models of ecp5.v beside what their cells shall do.

`include "reference.vh"

`define PINS(PORT, NAME, BUS) \
    .NAME``17(BUS[17]), .NAME``16(BUS[16]), .NAME``15(BUS[15]), .NAME``14(BUS[14]), \
    .NAME``13(BUS[13]), .NAME``12(BUS[12]), .NAME``11(BUS[11]), .NAME``10(BUS[10]), \
    .NAME``9(BUS[9]), .NAME``8(BUS[8]), .NAME``7(BUS[7]), .NAME``6(BUS[6]), .NAME``5(BUS[5]), \
    .NAME``4(BUS[4]), .NAME``3(BUS[3]), .NAME``2(BUS[2]), .NAME``1(BUS[1]), .NAME``0(BUS[0])
`define ADDRESS(NAME, BUS) \
    .NAME``13(BUS[13]), .NAME``12(BUS[12]), .NAME``11(BUS[11]), .NAME``10(BUS[10]), \
    .NAME``9(BUS[9]), .NAME``8(BUS[8]), .NAME``7(BUS[7]), .NAME``6(BUS[6]), .NAME``5(BUS[5]), \
    .NAME``4(BUS[4]), .NAME``3(BUS[3]), .NAME``2(BUS[2]), .NAME``1(BUS[1]), .NAME``0(BUS[0])
`define CONSTANT_PINS \
    .OCEA(1'b1), .RSTA(1'b0), .CSA2(1'b0), .CSA1(1'b0), .CSA0(1'b0), \
    .OCEB(1'b1), .RSTB(1'b0), .CSB2(1'b0), .CSB1(1'b0), .CSB0(1'b0), .WEB(1'b0)

module two_ports #(parameter WA = 9, WB = 9) (
    input clk, output reg [31:0] wrong, output [31:0] met
);
    `RANDOM_PORTS(14)
    wire [71:0] expected;
    reference #(WA, WB) reference (clk, we, re, ada, adb, di, be, expected, met);
    wire [13:0] a = WA < 18 ? ada[13:0] : {ada[13:4], be[3:0]};
    wire [17:0] high = di[35:18], low = di[17:0], doa, dob;
    own_DP16KD #(.DATA_WIDTH_A(WA), .DATA_WIDTH_B(WB)) cell_ (
        `PINS(A, DIA, low), `PINS(B, DIB, high), `PINS(A, DOA, doa), `PINS(B, DOB, dob),
        `ADDRESS(ADA, a), `ADDRESS(ADB, adb), `CONSTANT_PINS,
        .CLKA(clk), .CLKB(clk), .CEA(1'b1), .CEB(re), .WEA(we)
    );
    wire [71:0] seen = WB == 36 ? {dob, doa} : dob;
    initial wrong = 0;
    always @(negedge clk)
        if ((seen ^ expected) << (72 - WB) != 0) wrong = wrong + 1;
endmodule

// One port that reads and writes.
module one_port #(parameter MODE = "NORMAL") (input clk, output reg [31:0] wrong);
    `RANDOM_PORTS(14)
    reg [8:0] memory[0:2047];
    reg [8:0] expected = 0;
    wire [17:0] none = 0, word = di[17:0], doa, dob;
    own_DP16KD #(.DATA_WIDTH_A(9), .WRITEMODE_A(MODE), .CLKBMUX("INV")) cell_ (
        `PINS(A, DIA, word), `PINS(B, DIB, none), `PINS(A, DOA, doa), `PINS(B, DOB, dob),
        `ADDRESS(ADA, ada), `ADDRESS(ADB, none), `CONSTANT_PINS,
        .CLKA(clk), .CLKB(1'b0), .CEA(re), .CEB(1'b0), .WEA(we)
    );
    integer k;
    initial begin
        wrong = 0;
        for (k = 0; k < 2048; k = k + 1) memory[k] = 0;
    end
    always @(posedge clk)
        if (re) begin
            if (!we || MODE == "READBEFOREWRITE") expected = memory[ada[13:3]];
            else if (MODE == "WRITETHROUGH") expected = di[8:0];
            if (we) memory[ada[13:3]] = di[8:0];
        end
    always @(negedge clk) if (doa[8:0] != expected) wrong = wrong + 1;
endmodule

// Content at the start: word n of 9 bits is the low part of 37 n.
module start (input clk, output reg [31:0] wrong);
    function [319:0] words(input integer first);
        integer k, word;
        begin
            words = 0;
            for (k = 0; k < 32; k = k + 1) begin
                word = 37 * (first + k);
                words[20 * (k / 2) + 9 * (k % 2) +: 9] = word[8:0];
            end
        end
    endfunction
    reg [10:0] n = 0;
    wire [13:0] address = {n, 3'b000};
    wire [17:0] none = 0, doa, dob;
    own_DP16KD #(
        .DATA_WIDTH_B(9), .INITVAL_00(words(0)), .INITVAL_01(words(32)), .INITVAL_2A(words(1344))
    ) cell_ (
        `PINS(A, DIA, none), `PINS(B, DIB, none), `PINS(A, DOA, doa), `PINS(B, DOB, dob),
        `ADDRESS(ADA, none), `ADDRESS(ADB, address), `CONSTANT_PINS,
        .CLKA(1'b0), .CLKB(clk), .CEA(1'b0), .CEB(1'b1), .WEA(1'b0)
    );
    reg [31:0] expected;
    initial wrong = 0;
    always @(negedge clk) begin
        expected = n / 32 < 2 || n / 32 == 42 ? 37 * n : 0;
        if (dob[8:0] != expected[8:0]) wrong = wrong + 1;
        n <= n + 1;
    end
endmodule

module products (input clk, output reg [31:0] wrong);
    reg [17:0] a = 0, b = 0;
    reg sa = 0, sb = 0;
    wire [17:0] none = 0, low, high;
    own_MULT18X18D cell_ (
        `PINS(A, A, a), `PINS(B, B, b), `PINS(C, C, none), `PINS(P, P, low),
        .P35(high[17]), .P34(high[16]), .P33(high[15]), .P32(high[14]), .P31(high[13]),
        .P30(high[12]), .P29(high[11]), .P28(high[10]), .P27(high[9]), .P26(high[8]),
        .P25(high[7]), .P24(high[6]), .P23(high[5]), .P22(high[4]), .P21(high[3]), .P20(high[2]),
        .P19(high[1]), .P18(high[0]), .SIGNEDA(sa), .SIGNEDB(sb), .SOURCEA(1'b0), .SOURCEB(1'b0)
    );
    // An operand with a sign is 2^18 less if its highest bit is set.
    wire [63:0] left = {46'd0, a} - (sa & a[17] ? 64'h40000 : 64'd0);
    wire [63:0] right = {46'd0, b} - (sb & b[17] ? 64'h40000 : 64'd0);
    wire [63:0] product = left * right;
    initial wrong = 0;
    always @(negedge clk) begin
        if ({high, low} != product[35:0]) wrong = wrong + 1;
        a <= $urandom;
        b <= $urandom;
        {sa, sb} <= $urandom;
    end
endmodule

module bench (input clk, output [31:0] wrong, output [31:0] met);
    wire [31:0] wrongs[0:13], mets[0:8];
    two_ports #(1, 1) a (clk, wrongs[0], mets[0]);
    two_ports #(2, 2) b (clk, wrongs[1], mets[1]);
    two_ports #(4, 4) c (clk, wrongs[2], mets[2]);
    two_ports #(9, 9) d (clk, wrongs[3], mets[3]);
    two_ports #(18, 18) e (clk, wrongs[4], mets[4]);
    two_ports #(36, 36) f (clk, wrongs[5], mets[5]);
    two_ports #(36, 9) g (clk, wrongs[6], mets[6]);
    two_ports #(4, 18) h (clk, wrongs[7], mets[7]);
    two_ports #(18, 2) i (clk, wrongs[8], mets[8]);
    one_port #("NORMAL") j (clk, wrongs[9]);
    one_port #("WRITETHROUGH") k (clk, wrongs[10]);
    one_port #("READBEFOREWRITE") l (clk, wrongs[11]);
    start m (clk, wrongs[12]);
    products n (clk, wrongs[13]);
    integer index;
    reg [31:0] sum, least;
    always @* begin
        sum = 0;
        least = mets[0];
        for (index = 0; index < 14; index = index + 1) sum = sum + wrongs[index];
        for (index = 1; index < 9; index = index + 1)
            if (mets[index] < least) least = mets[index];
    end
    assign wrong = sum;
    assign met = least;
endmodule
