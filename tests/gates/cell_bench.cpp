// Clocks a bench of cell models: prints how often a model was wrong, and how often its ports met.
//
// usage: bench CYCLES

#include <cstdio>
#include <cstdlib>

#include "Vbench.h"
#include "verilated.h"

int main(int argc, char** argv) {
    if (argc != 2) return 2;
    static VerilatedContext context;
    context.randSeed(1);
    static Vbench top{&context};
    for (long cycle = std::atol(argv[1]); cycle; --cycle)
        for (int clk : {1, 0}) {
            top.clk = clk;
            top.eval();
        }
    std::printf("%u %u\n", top.wrong, top.met);
    return 0;
}
