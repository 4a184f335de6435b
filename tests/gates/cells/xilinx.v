// Block RAM of the 7 series, of which Yosys' models have timing alone: what a synthesised netlist
// uses of it, and no more. A parameter or a port that is missing here is an error of the simulator.
// With one clock, a read meets a write of the other port to its address in two ways: it returns
// the old word if that port is in the mode READ_FIRST, and otherwise the inverted word.

`include "word_place.vh"

// Rows of `BYTES` bytes of 9 bits, 512 of them. Port a writes, ports a and b read; or, in the mode
// SDP, b writes and a reads.
module own_xilinx_block_ram #(
    parameter BYTES = 4,
    parameter RAM_MODE = "TDP",
    parameter READ_WIDTH_A = 0,
    parameter READ_WIDTH_B = 0,
    parameter WRITE_WIDTH = 0,
    parameter WRITE_MODE = "WRITE_FIRST",
    parameter [512*8*BYTES-1:0] INIT = 0,
    parameter [512*BYTES-1:0] INITP = 0,
    parameter ABITS = 9 + $clog2(8 * BYTES)
) (
    input clka, clkb, ena, enb,
    input [ABITS-1:0] addra, addrb,
    input [BYTES-1:0] we,
    input [8*BYTES-1:0] di,
    input [BYTES-1:0] dip,
    output [8*BYTES-1:0] doa, dob,
    output [BYTES-1:0] dopa, dopb
);
    localparam BITS = 9 * BYTES;
    localparam LOW = ABITS - 9;
    localparam SDP = RAM_MODE == "SDP";
    localparam WIDTH_A = READ_WIDTH_A == 0 ? 9 : READ_WIDTH_A;
    localparam WIDTH_B = READ_WIDTH_B == 0 ? 9 : READ_WIDTH_B;

    reg [BITS-1:0] memory[0:511];
    reg [BITS-1:0] outa = 0;
    reg [BITS-1:0] outb = 0;
    integer row, k;
    initial
        for (row = 0; row < 512; row = row + 1)
            for (k = 0; k < BYTES; k = k + 1)
                memory[row][9*k +: 9] = {INITP[BYTES*row+k], INIT[8*(BYTES*row+k) +: 8]};

    wire wclk = SDP ? clkb : clka;
    wire wen = SDP ? enb : ena;
    wire [ABITS-1:0] waddr = SDP ? addrb : addra;
    wire [8:0] wrow = waddr[ABITS-1:LOW];
    wire [7:0] wplace = `WORD_PLACE(WRITE_WIDTH, waddr[LOW-1:0]);
    wire [BITS-1:0] word = {BITS{1'b1}} >> (BITS - WRITE_WIDTH);
    wire [BITS-1:0] data, bytes;
    genvar b;
    generate
        for (b = 0; b < BYTES; b = b + 1) begin : lanes
            assign data[9*b +: 9] = {dip[b], di[8*b +: 8]};
            assign bytes[9*b +: 9] = {9{WRITE_WIDTH < 18 ? we[0] : we[b]}};
            assign {dopa[b], doa[8*b +: 8]} = outa[9*b +: 9];
            assign {dopb[b], dob[8*b +: 8]} = outb[9*b +: 9];
        end
    endgenerate
    wire [BITS-1:0] written = wen ? (bytes & word) << wplace : {BITS{1'b0}};
    wire [BITS-1:0] after = memory[wrow] & ~written | data << wplace & written;
    always @(posedge wclk) if (wen) memory[wrow] <= after;

    wire [8:0] rowa = addra[ABITS-1:LOW];
    wire [8:0] rowb = addrb[ABITS-1:LOW];
    wire [7:0] placea = `WORD_PLACE(WIDTH_A, addra[LOW-1:0]);
    wire [7:0] placeb = `WORD_PLACE(WIDTH_B, addrb[LOW-1:0]);
    localparam POISON = WRITE_MODE != "READ_FIRST";
    wire [BITS-1:0] collisiona = POISON && rowa == wrow ? written : {BITS{1'b0}};
    wire [BITS-1:0] collisionb = POISON && rowb == wrow ? written : {BITS{1'b0}};
    generate
        if (READ_WIDTH_A != 0 && SDP)
            always @(posedge clka) if (ena) outa <= (memory[rowa] ^ collisiona) >> placea;
        if (READ_WIDTH_A != 0 && !SDP)
            always @(posedge clka)
                if (ena && (!(|we) || WRITE_MODE == "READ_FIRST")) outa <= memory[rowa] >> placea;
                else if (ena && WRITE_MODE == "WRITE_FIRST") outa <= after >> placea;
        if (READ_WIDTH_B != 0)
            always @(posedge clkb) if (enb) outb <= (memory[rowb] ^ collisionb) >> placeb;
    endgenerate
endmodule

`define BLOCK_RAM_PARAMETERS \
    parameter RAM_MODE = "TDP"; \
    parameter DOA_REG = 0; \
    parameter DOB_REG = 0; \
    parameter READ_WIDTH_A = 0; \
    parameter READ_WIDTH_B = 0; \
    parameter WRITE_WIDTH_A = 0; \
    parameter WRITE_WIDTH_B = 0; \
    parameter WRITE_MODE_A = "WRITE_FIRST"; \
    parameter WRITE_MODE_B = "WRITE_FIRST"; \
    parameter INIT_A = 0; \
    parameter INIT_B = 0; \
    parameter SRVAL_A = 0; \
    parameter SRVAL_B = 0;

// The memory of a cell without resets, whose ports have `HALF` bytes each. Wider words take both.
`define BLOCK_RAM_BODY(HALF, PLACES) \
    localparam SDP = RAM_MODE == "SDP"; \
    generate \
        if (DOA_REG != 0 || DOB_REG != 0) OUTPUT_REGISTERS_HAVE_NO_MODEL error (); \
        if (!SDP && WRITE_WIDTH_B != 0) A_SECOND_PORT_THAT_WRITES_HAS_NO_MODEL error (); \
    endgenerate \
    wire [16*HALF-1:0] doa, dob; \
    wire [2*HALF-1:0] dopa, dopb; \
    own_xilinx_block_ram #( \
        .BYTES(2 * HALF), .RAM_MODE(RAM_MODE), \
        .READ_WIDTH_A(READ_WIDTH_A), .READ_WIDTH_B(READ_WIDTH_B), \
        .WRITE_WIDTH(SDP ? WRITE_WIDTH_B : WRITE_WIDTH_A), \
        .WRITE_MODE(SDP ? WRITE_MODE_B : WRITE_MODE_A), \
        .INIT(INIT >> 1), .INITP(INITP >> 1) \
    ) memory ( \
        .clka(CLKARDCLK), .clkb(CLKBWRCLK), .ena(ENARDEN), .enb(ENBWREN), \
        .addra(ADDRARDADDR[PLACES-1:0]), .addrb(ADDRBWRADDR[PLACES-1:0]), \
        .we(SDP ? WEBWE : {{HALF{1'b0}}, WEA}), \
        .di({DIBDI, DIADI}), .dip({DIPBDIP, DIPADIP}), \
        .doa(doa), .dob(dob), .dopa(dopa), .dopb(dopb) \
    ); \
    wire unknown = RSTRAMARSTRAM | RSTRAMB | RSTREGARSTREG | RSTREGB; \
    assign {DOPADOP, DOADO} = {dopa[HALF-1:0], doa[8*HALF-1:0]} ^ {9*HALF{unknown}}; \
    assign {DOPBDOP, DOBDO} = (SDP \
        ? {dopa[2*HALF-1:HALF], doa[16*HALF-1:8*HALF]} \
        : {dopb[HALF-1:0], dob[8*HALF-1:0]}) ^ {9*HALF{unknown}};

module own_RAMB18E1 (
    input CLKARDCLK, CLKBWRCLK, ENARDEN, ENBWREN, REGCEAREGCE, REGCEB,
    input RSTRAMARSTRAM, RSTRAMB, RSTREGARSTREG, RSTREGB,
    input [13:0] ADDRARDADDR, ADDRBWRADDR,
    input [15:0] DIADI, DIBDI,
    input [1:0] DIPADIP, DIPBDIP,
    input [1:0] WEA,
    input [3:0] WEBWE,
    output [15:0] DOADO, DOBDO,
    output [1:0] DOPADOP, DOPBDOP
);
    `BLOCK_RAM_PARAMETERS
`define INIT_PARAMETER(N) parameter [255:0] INIT_``N = 256'd0;
    `SIXTEEN(`INIT_PARAMETER, 0) `SIXTEEN(`INIT_PARAMETER, 1)
    `SIXTEEN(`INIT_PARAMETER, 2) `SIXTEEN(`INIT_PARAMETER, 3)
`undef INIT_PARAMETER
`define INIT_PARAMETER(N) parameter [255:0] INITP_``N = 256'd0;
    `EIGHT(`INIT_PARAMETER, 0)
`undef INIT_PARAMETER
`define INIT_VALUE(N) INIT_``N,
    localparam [64*256:0] INIT = {
    `SIXTEEN(`INIT_VALUE, 3) `SIXTEEN(`INIT_VALUE, 2)
    `SIXTEEN(`INIT_VALUE, 1) `SIXTEEN(`INIT_VALUE, 0)
        1'b0
    };
`undef INIT_VALUE
`define INIT_VALUE(N) INITP_``N,
    localparam [8*256:0] INITP = {`EIGHT(`INIT_VALUE, 0) 1'b0};
`undef INIT_VALUE
    `BLOCK_RAM_BODY(2, 14)
endmodule

module own_RAMB36E1 (
    input CLKARDCLK, CLKBWRCLK, ENARDEN, ENBWREN, REGCEAREGCE, REGCEB,
    input RSTRAMARSTRAM, RSTRAMB, RSTREGARSTREG, RSTREGB,
    input [15:0] ADDRARDADDR, ADDRBWRADDR,
    input [31:0] DIADI, DIBDI,
    input [3:0] DIPADIP, DIPBDIP,
    input [3:0] WEA,
    input [7:0] WEBWE,
    output [31:0] DOADO, DOBDO,
    output [3:0] DOPADOP, DOPBDOP
);
    `BLOCK_RAM_PARAMETERS
    parameter RAM_EXTENSION_A = "NONE";
    parameter RAM_EXTENSION_B = "NONE";
    generate
        if (RAM_EXTENSION_A != "NONE" || RAM_EXTENSION_B != "NONE") CASCADES_HAVE_NO_MODEL error ();
    endgenerate
`define INIT_PARAMETER(N) parameter [255:0] INIT_``N = 256'd0;
    `SIXTEEN(`INIT_PARAMETER, 0) `SIXTEEN(`INIT_PARAMETER, 1)
    `SIXTEEN(`INIT_PARAMETER, 2) `SIXTEEN(`INIT_PARAMETER, 3)
    `SIXTEEN(`INIT_PARAMETER, 4) `SIXTEEN(`INIT_PARAMETER, 5)
    `SIXTEEN(`INIT_PARAMETER, 6) `SIXTEEN(`INIT_PARAMETER, 7)
`undef INIT_PARAMETER
`define INIT_PARAMETER(N) parameter [255:0] INITP_``N = 256'd0;
    `SIXTEEN(`INIT_PARAMETER, 0)
`undef INIT_PARAMETER
`define INIT_VALUE(N) INIT_``N,
    localparam [128*256:0] INIT = {
    `SIXTEEN(`INIT_VALUE, 7) `SIXTEEN(`INIT_VALUE, 6)
    `SIXTEEN(`INIT_VALUE, 5) `SIXTEEN(`INIT_VALUE, 4)
    `SIXTEEN(`INIT_VALUE, 3) `SIXTEEN(`INIT_VALUE, 2)
    `SIXTEEN(`INIT_VALUE, 1) `SIXTEEN(`INIT_VALUE, 0)
        1'b0
    };
`undef INIT_VALUE
`define INIT_VALUE(N) INITP_``N,
    localparam [16*256:0] INITP = {`SIXTEEN(`INIT_VALUE, 0) 1'b0};
`undef INIT_VALUE
    `BLOCK_RAM_BODY(4, 15)
endmodule
