// Cells of the ECP5 without a model in Yosys: what a synthesised netlist uses of them, and no more.
// A parameter or a port that is missing here is an error of the simulator. What the cell leaves
// undefined is inverted: a read of bits that the other port writes in the same cycle.

`include "word_place.vh"

module own_DP16KD (
    input DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9,
    input DIA8, DIA7, DIA6, DIA5, DIA4, DIA3, DIA2, DIA1, DIA0,
    input DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9,
    input DIB8, DIB7, DIB6, DIB5, DIB4, DIB3, DIB2, DIB1, DIB0,
    input ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0,
    input ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0,
    input CEA, OCEA, CLKA, WEA, RSTA, CSA2, CSA1, CSA0,
    input CEB, OCEB, CLKB, WEB, RSTB, CSB2, CSB1, CSB0,
    output DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9,
    output DOA8, DOA7, DOA6, DOA5, DOA4, DOA3, DOA2, DOA1, DOA0,
    output DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9,
    output DOB8, DOB7, DOB6, DOB5, DOB4, DOB3, DOB2, DOB1, DOB0
);
    parameter DATA_WIDTH_A = 18;
    parameter DATA_WIDTH_B = 18;
    parameter REGMODE_A = "NOREG";
    parameter REGMODE_B = "NOREG";
    parameter RESETMODE = "SYNC";
    parameter ASYNC_RESET_RELEASE = "SYNC";
    parameter CSDECODE_A = "0b000";
    parameter CSDECODE_B = "0b000";
    parameter WRITEMODE_A = "NORMAL";
    parameter WRITEMODE_B = "NORMAL";
    parameter CLKAMUX = "CLKA";
    parameter CLKBMUX = "CLKB";
    parameter GSR = "ENABLED";
`define INIT_PARAMETER(N) parameter [319:0] INITVAL_``N = 320'd0;
    `SIXTEEN(`INIT_PARAMETER, 0) `SIXTEEN(`INIT_PARAMETER, 1)
    `SIXTEEN(`INIT_PARAMETER, 2) `SIXTEEN(`INIT_PARAMETER, 3)
`undef INIT_PARAMETER
`define INIT_VALUE(N) INITVAL_``N,
    localparam [64*320:0] INIT = {
        `SIXTEEN(`INIT_VALUE, 3) `SIXTEEN(`INIT_VALUE, 2)
        `SIXTEEN(`INIT_VALUE, 1) `SIXTEEN(`INIT_VALUE, 0) 1'b0
    };
`undef INIT_VALUE

    generate
        if (REGMODE_A != "NOREG" || REGMODE_B != "NOREG") OUTPUT_REGISTERS_HAVE_NO_MODEL error ();
        if (CSDECODE_A != "0b000" || CSDECODE_B != "0b000") CSDECODE_HAS_NO_MODEL error ();
    endgenerate

    wire clka = CLKAMUX == "INV" ? ~CLKA : CLKA;
    wire clkb = CLKBMUX == "INV" ? ~CLKB : CLKB;
    wire [13:0] ada = {
        ADA13, ADA12, ADA11, ADA10, ADA9, ADA8, ADA7, ADA6, ADA5, ADA4, ADA3, ADA2, ADA1, ADA0
    };
    wire [13:0] adb = {
        ADB13, ADB12, ADB11, ADB10, ADB9, ADB8, ADB7, ADB6, ADB5, ADB4, ADB3, ADB2, ADB1, ADB0
    };
    wire [35:0] di = {
        DIB17, DIB16, DIB15, DIB14, DIB13, DIB12, DIB11, DIB10, DIB9,
        DIB8, DIB7, DIB6, DIB5, DIB4, DIB3, DIB2, DIB1, DIB0,
        DIA17, DIA16, DIA15, DIA14, DIA13, DIA12, DIA11, DIA10, DIA9,
        DIA8, DIA7, DIA6, DIA5, DIA4, DIA3, DIA2, DIA1, DIA0
    };

    reg [35:0] memory[0:511];
    reg [35:0] doa = 0;
    reg [35:0] dob = 0;
    integer row;
    initial
        for (row = 0; row < 512; row = row + 1)
            memory[row] = {INIT[1 + 40 * row + 20 +: 18], INIT[1 + 40 * row +: 18]};

    wire [35:0] bytes = DATA_WIDTH_A < 18 ? 36'hfffffffff : DATA_WIDTH_A < 36
        ? {18'd0, {9{ada[1]}}, {9{ada[0]}}}
        : {{9{ada[3]}}, {9{ada[2]}}, {9{ada[1]}}, {9{ada[0]}}};
    wire [35:0] word = 36'hfffffffff >> (36 - DATA_WIDTH_A);
    wire [5:0] placea = `WORD_PLACE(DATA_WIDTH_A, ada[4:0]);
    wire [5:0] placeb = `WORD_PLACE(DATA_WIDTH_B, adb[4:0]);
    wire [35:0] written = CEA & WEA ? (bytes & word) << placea : 36'd0;
    wire [35:0] after = memory[ada[13:5]] & ~written | di << placea & written;
    wire [35:0] collision = ada[13:5] == adb[13:5] ? written : 36'd0;

    always @(posedge clka)
        if (CEA) begin
            memory[ada[13:5]] <= after;
            if (!WEA || WRITEMODE_A == "READBEFOREWRITE") doa <= memory[ada[13:5]] >> placea;
            else if (WRITEMODE_A == "WRITETHROUGH") doa <= after >> placea;
        end
    always @(posedge clkb) if (CEB) dob <= (memory[adb[13:5]] ^ collision) >> placeb;

    // A second port that writes, and resets, have no model.
    wire [35:0] unknown = {36{RSTA | RSTB | CSA2 | CSA1 | CSA0 | CSB2 | CSB1 | CSB0 | WEB & CEB}};
    assign {DOA17, DOA16, DOA15, DOA14, DOA13, DOA12, DOA11, DOA10, DOA9,
            DOA8, DOA7, DOA6, DOA5, DOA4, DOA3, DOA2, DOA1, DOA0} =
        (DATA_WIDTH_B == 36 ? dob[17:0] : doa[17:0]) ^ unknown[17:0];
    assign {DOB17, DOB16, DOB15, DOB14, DOB13, DOB12, DOB11, DOB10, DOB9,
            DOB8, DOB7, DOB6, DOB5, DOB4, DOB3, DOB2, DOB1, DOB0} =
        (DATA_WIDTH_B == 36 ? dob[35:18] : dob[17:0]) ^ unknown[17:0];
endmodule

module own_MULT18X18D (
    input A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0,
    input B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0,
    input C17, C16, C15, C14, C13, C12, C11, C10, C9, C8, C7, C6, C5, C4, C3, C2, C1, C0,
    input SIGNEDA, SIGNEDB, SOURCEA, SOURCEB,
    output P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19, P18,
    output P17, P16, P15, P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1, P0
);
    wire [17:0] a = {A17, A16, A15, A14, A13, A12, A11, A10, A9, A8, A7, A6, A5, A4, A3, A2, A1, A0};
    wire [17:0] b = {B17, B16, B15, B14, B13, B12, B11, B10, B9, B8, B7, B6, B5, B4, B3, B2, B1, B0};
    wire signed [18:0] left = {SIGNEDA & a[17], a};
    wire signed [18:0] right = {SIGNEDB & b[17], b};
    wire signed [37:0] product = left * right;
    // A preadder, and inputs from the neighbour, have no model.
    wire unknown = SOURCEA | SOURCEB | C17 | C16 | C15 | C14 | C13 | C12 | C11 | C10 | C9 | C8 | C7
        | C6 | C5 | C4 | C3 | C2 | C1 | C0;
    assign {P35, P34, P33, P32, P31, P30, P29, P28, P27, P26, P25, P24, P23, P22, P21, P20, P19, P18,
            P17, P16, P15, P14, P13, P12, P11, P10, P9, P8, P7, P6, P5, P4, P3, P2, P1, P0} =
        product[35:0] ^ {36{unknown}};
endmodule
