// An external memory as slow as it may be: one access in four cycles.
module slow_memory (
    input  wire        clk,
    input  wire [24:0] command,
    input  wire        command_valid,
    output wire        command_ready,
    input  wire [15:0] write,
    input  wire        write_valid,
    output wire        write_ready,
    output reg  [15:0] read,
    output reg         read_valid
);
    reg [15:0] memory [0:(1 << 20) - 1];
    reg [ 1:0] turn = 2'd0;

    initial read_valid = 1'b0;
    assign command_ready = turn == 2'd3 && (write_valid || !command[0]);
    assign write_ready   = turn == 2'd3 && command_valid && command[0];
    always @(posedge clk) begin
        turn <= turn + 2'd1;
        read_valid <= command_valid && command_ready && !command[0];
        read <= memory[command[20:1]];
        if (write_valid && write_ready) memory[command[20:1]] <= write;
    end
endmodule
