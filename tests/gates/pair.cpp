// A block's RTL and its netlist of cells, side by side on the same random inputs.
//
// usage: pair SEED CYCLES
//
// Prints the first cycle and output that differ, and exits with status 3; otherwise the number of
// outputs that have changed. Inputs come in phases: in each, every input is held, zero, random in
// each cycle, random now and then, or random in its low bits alone.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>
#include <vector>

#include "Vpair.h"
#include "ports.h"
#include "verilated.h"

namespace {

using Random = std::mt19937_64;

uint32_t bit(const WData* words, int place) { return words[place / 32] >> (place % 32) & 1; }

void set(WData* words, int place, uint32_t value) {
    words[place / 32] = (words[place / 32] & ~(1u << place % 32)) | value << place % 32;
}

class Stimulus {
   public:
    explicit Stimulus(uint64_t seed) : random_(seed), modes_(kInputs.size()) {}

    void apply(WData* inputs) {
        if (left_-- == 0) begin_phase();
        for (size_t k = 0; k < kInputs.size(); ++k) drive(inputs, kInputs[k], modes_[k]);
    }

   private:
    struct Mode {
        int every;  // cycles between two changes, on average; 0 for none
        int bits;   // that are random; the others are zero
    };

    void begin_phase() {
        left_ = 16 + random_() % 500;
        for (size_t k = 0; k < kInputs.size(); ++k) {
            const int bits = kInputs[k].bits;
            const int every[] = {0, 1, 1, 2, 3, 10};
            const int random[] = {bits, bits, 0, 1 + int(random_() % bits)};
            modes_[k] = {every[random_() % 6], random[random_() % 4]};
        }
    }

    void drive(WData* inputs, const Port& port, const Mode& mode) {
        if (mode.every == 0 || random_() % mode.every) return;
        for (int b = 0; b < port.bits; ++b)
            set(inputs, port.place + b, b < mode.bits ? random_() & 1 : 0);
    }

    Random random_;
    std::vector<Mode> modes_;
    uint64_t left_ = 0;
};

constexpr int kDifferent = 3;

bool differs(const Vpair& top, uint64_t cycle) {
    for (const Port& port : kOutputs)
        for (int b = port.place; b < port.place + port.bits; ++b)
            if (bit(top.all_rtl.data(), b) != bit(top.all_gates.data(), b)) {
                std::printf("cycle %llu: bit %d of %s is %u in the RTL, %u in the netlist\n",
                            static_cast<unsigned long long>(cycle), b - port.place, port.name,
                            bit(top.all_rtl.data(), b), bit(top.all_gates.data(), b));
                return true;
            }
    return false;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    static VerilatedContext context;
    static Vpair top{&context};
    Stimulus stimulus(std::strtoull(argv[1], nullptr, 10));
    const uint64_t cycles = std::strtoull(argv[2], nullptr, 10);
    std::vector<uint32_t> first, changed(kWords);
    for (uint64_t cycle = 0; cycle < cycles; ++cycle) {
        stimulus.apply(top.all_inputs.data());
        top.clk = 0;
        top.eval();
        if (differs(top, cycle)) return kDifferent;
        if (first.empty()) first.assign(top.all_rtl.data(), top.all_rtl.data() + kWords);
        for (int w = 0; w < kWords; ++w) changed[w] |= first[w] ^ top.all_rtl[w];
        top.fast_clk = 1;
        top.eval();
        top.fast_clk = 0;
        top.eval();
        top.clk = top.fast_clk = 1;
        top.eval();
        top.fast_clk = 0;
    }
    int active = 0;
    for (const Port& port : kOutputs) {
        bool any = false;
        for (int b = port.place; b < port.place + port.bits; ++b) any |= bit(changed.data(), b);
        active += any;
    }
    std::printf("%d\n", active);
    return 0;
}
