// What a block RAM shall do, bit by bit; the models do it by rows.
// Addresses count bits, of which a byte of 9 has 8. `be` enables bytes of words of 18 bits and more.
module reference #(parameter WA = 9, WB = 9, POISON = 1) (
    input clk, we, re,
    input [14:0] ada, adb,
    input [71:0] di,
    input [7:0] be,
    output reg [71:0] expected,
    output reg [31:0] met
);
    function integer place(input integer width, input [14:0] address, input integer k);
        if (width < 9) place = 9 * (address / 8) + address % 8 / width * width + k;
        else place = 9 * (address / 8 - address / 8 % (width / 9)) + k;
    endfunction

    reg memory[0:36863];
    integer k, j;
    reg collides;
    initial begin
        expected = 0;
        met = 0;
        for (k = 0; k < 36864; k = k + 1) memory[k] = 0;
    end
    always @(posedge clk) begin
        if (re) begin
            expected = 0;
            for (k = 0; k < WB; k = k + 1) begin
                collides = 0;
                for (j = 0; j < WA; j = j + 1)
                    if (we && (WA < 18 || be[j / 9]) && place(WA, ada, j) == place(WB, adb, k))
                        collides = 1;
                expected[k] = memory[place(WB, adb, k)] ^ (collides & POISON);
                met = met + collides;
            end
        end
        if (we)
            for (j = 0; j < WA; j = j + 1)
                if (WA < 18 || be[j / 9]) memory[place(WA, ada, j)] = di[j];
    end
endmodule

// Random inputs. Most addresses of `BITS` bits are low, so that ports often meet.
`define RANDOM_PORTS(BITS) \
    reg [14:0] ada = 0, adb = 0; \
    reg [71:0] di = 0; \
    reg [7:0] be = 0; \
    reg we = 0, re = 0; \
    always @(negedge clk) begin \
        ada <= $urandom & ($urandom % 4 ? 15'h007f : (1 << (BITS)) - 1); \
        adb <= $urandom & ($urandom % 4 ? 15'h007f : (1 << (BITS)) - 1); \
        di <= {$urandom, $urandom, $urandom}; \
        be <= $urandom; \
        we <= $urandom; \
        re <= $urandom; \
    end
