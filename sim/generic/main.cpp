// Drives soc.v: bytes of a file go in, what comes out goes to another file, with random stalls.
//
// usage: soc INPUT OUTPUT SEED
//
// Prints the number of interrupts. Ends when the input is used up and nothing has come out for a
// while; exits with 1 when the core takes a byte back that it has offered.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "Vsoc.h"
#include "verilated.h"

namespace {
constexpr int kQuiet = 50000;  // longer than a program of the test runs
}

int main(int argc, char** argv) {
    if (argc != 4) return 2;
    std::ifstream file(argv[1], std::ios::binary);
    const std::string input((std::istreambuf_iterator<char>(file)), {});
    std::ofstream output(argv[2], std::ios::binary);
    std::mt19937 random(std::atoi(argv[3]));
    VerilatedContext context;
    Vsoc soc{&context};

    size_t position = 0;
    int quiet = 0, interrupts = 0;
    bool offered = false, waiting = false;
    uint8_t promised = 0;
    soc.rst = 1;
    for (int cycle = 0; quiet < kQuiet; ++cycle) {
        if (cycle == 3) soc.rst = 0;
        // A byte once offered stays on offer until it is taken.
        offered = !soc.rst && position < input.size() && (offered || random() % 4 != 0);
        soc.in_valid = offered;
        soc.in_data = offered ? input[position] : 0;
        soc.out_ready = random() % 3 != 0;
        soc.clk = 0;
        soc.eval();
        if (waiting && (!soc.out_valid || soc.out_data != promised)) {
            std::fprintf(stderr, "cycle %d: the core takes a byte back\n", cycle);
            return 1;
        }
        const bool taken = offered && soc.in_ready, given = soc.out_valid && soc.out_ready;
        if (given) output.put(static_cast<char>(soc.out_data));
        waiting = soc.out_valid && !soc.out_ready;
        promised = soc.out_data;
        interrupts += soc.irq;
        quiet = taken || given || soc.irq ? 0 : quiet + 1;
        if (taken) {
            ++position;
            offered = false;
        }
        soc.clk = 1;
        soc.eval();
    }
    std::printf("%d\n", interrupts);
    return position == input.size() ? 0 : 1;
}
