// Drives the Verilated SDRAM controller (lls_hw/simulator/sdram_controller.py) against the chip's model.
//
// usage: controller CHIP FAULTS SEED CAPTURE PATTERN NUMBER ...
//
// CHIP and FAULTS are settings of the model, CAPTURE the cycles until read data are sampled. Each
// PATTERN runs with its NUMBER, one after the other, in the order given, and prints a line
// "pattern name=value ...". A word that differs from what was last written ends the program with
// exit status 2, a violation of the model with 3, a hang with 4; one sentence says which.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <map>
#include <random>
#include <stdexcept>
#include <string>
#include <vector>

#include "Vcontroller.h"
#include "sdram.hpp"
#include "verilated.h"

namespace {

// Cycles without a transfer after which the controller hangs. Power-up takes longer than anything.
constexpr uint64_t kDeadline = 200'000;

struct Command {
    bool write;
    uint32_t address;
    uint32_t data;
};

struct Difference : std::runtime_error {
    using std::runtime_error::runtime_error;
};
struct Hang : std::runtime_error {
    using std::runtime_error::runtime_error;
};

class Bench {
   public:
    Bench(const lls::SdramChip& chip, const lls::SdramFaults& faults, uint64_t seed, int capture)
        : random(seed),
          words(uint32_t(chip.rows) * chip.columns * chip.banks),
          chip_(chip),
          model_(chip, faults),
          mirror_(words),
          known_(words) {
        top_.capture = capture;
        mask_ = chip.width == 32 ? ~0u : (1u << chip.width) - 1;
    }

    std::mt19937_64 random;
    const uint32_t words;
    uint64_t cycle = 0;
    uint64_t first_accept = 0, last_accept = 0, first_read = 0, last_read = 0;
    uint64_t accepted = 0, compared = 0;
    double stall = 0;  // how often a command or a word waits a cycle

    uint32_t data() { return static_cast<uint32_t>(random()) & mask_; }

    // Offers a command until it is accepted.
    void send(const Command& command) {
        if (command.write) {
            pending_.push_back(command.data & mask_);
            mirror_[command.address] = command.data & mask_;
            known_[command.address] = true;
        } else {
            expected_.push_back({command.address, mirror_[command.address], known_[command.address]});
        }
        top_.command_write = command.write;
        top_.command_address = command.address;
        for (bool done = false; !done;) {
            top_.command_valid = !stalls();
            done = step();
        }
        top_.command_valid = 0;
    }

    // Until everything that was sent has happened.
    void finish() {
        while (!pending_.empty() || !expected_.empty()) step();
        for (int k = 0; k < 16; ++k) step();
    }

    // Cycles without a command.
    void idle(int cycles) {
        for (int k = 0; k < cycles; ++k) step();
    }

    // Starts to count.
    void mark() {
        finish();
        accepted = compared = 0;
        start_ = cycle;
    }
    uint64_t elapsed() const { return cycle - start_; }

   private:
    struct Expected {
        uint32_t address, data;
        bool known;
    };

    bool stalls() { return stall > 0 && random() % 1024 < stall * 1024; }

    // One cycle; whether a command was accepted.
    bool step() {
        top_.write_valid = !pending_.empty() && !stalls();
        if (!pending_.empty()) top_.write_data = pending_.front();
        top_.dq_i = sample_;
        top_.clk = 0;
        top_.eval();
        const bool accept = top_.command_valid && top_.command_ready;
        if (accept) {
            if (!accepted++) first_accept = cycle;
            last_accept = cycle;
        }
        if (top_.write_valid && top_.write_ready) pending_.pop_front(), active_ = cycle;
        if (top_.read_valid) receive();
        if (!(pending_.empty() && expected_.empty()) && cycle - active_ > kDeadline)
            throw Hang("Nothing has happened for " + std::to_string(kDeadline) + " cycles.");
        if (pending_.empty() && expected_.empty()) active_ = cycle;
        lls::SdramPins pins;
        pins.a = top_.a;
        pins.ba = top_.ba;
        pins.ras_n = top_.ras_n, pins.cas_n = top_.cas_n, pins.we_n = top_.we_n;
        pins.cs_n = top_.cs_n, pins.cke = top_.cke;
        pins.dqm = top_.dqm;
        pins.dq_o = top_.dq_o;
        pins.dq_oe = top_.dq_oe != 0;
        sample_ = model_.step(pins);
        top_.dq_i = sample_;
        top_.clk = 1;
        top_.eval();
        ++cycle;
        return accept;
    }

    void receive() {
        if (expected_.empty()) throw Difference("A word came that nobody had asked for.");
        const Expected wanted = expected_.front();
        expected_.pop_front();
        active_ = last_read = cycle;
        if (!wanted.known) return;
        if (!compared++) first_read = cycle;
        if (top_.read_data != wanted.data) {
            char text[120];
            std::snprintf(text, sizeof text, "Word 0x%x reads as 0x%x, but 0x%x was written.",
                          wanted.address, static_cast<uint32_t>(top_.read_data), wanted.data);
            throw Difference(text);
        }
    }

    const lls::SdramChip chip_;
    lls::Sdram model_;
    VerilatedContext context_;
    Vcontroller top_{&context_};
    std::vector<uint32_t> mirror_;
    std::vector<bool> known_;
    std::deque<uint32_t> pending_;
    std::deque<Expected> expected_;
    uint32_t mask_, sample_ = 0;
    uint64_t active_ = 0, start_ = 0;
};

void report(const char* name, const Bench& bench) {
    // The first accepted command leaves in the next cycle; so does the last.
    const uint64_t cycles = bench.last_accept - bench.first_accept + 1;
    std::printf("%s accesses=%llu compared=%llu cycles=%llu\n", name,
                static_cast<unsigned long long>(bench.accepted),
                static_cast<unsigned long long>(bench.compared),
                static_cast<unsigned long long>(cycles));
}

// All words of the chip, or the first N, in rising order.
void sequential(Bench& bench, bool write, uint64_t count) {
    bench.mark();
    for (uint64_t k = 0; k < count; ++k)
        bench.send({write, static_cast<uint32_t>(k % bench.words), write ? bench.data() : 0});
    bench.finish();
}

// Reads and writes of 64 words in turn, in two distant regions.
void alternate(Bench& bench, uint64_t count) {
    bench.mark();
    const uint32_t half = bench.words / 2;
    for (uint64_t k = 0; k < count; ++k) {
        const uint32_t place = static_cast<uint32_t>((k / 128 * 64 + k % 64) % half);
        const bool write = k / 64 % 2;
        bench.send({write, write ? half + place : place, write ? bench.data() : 0});
    }
    bench.finish();
}

// Anywhere, half of it where something was lately written.
void random_accesses(Bench& bench, uint64_t count) {
    bench.mark();
    std::vector<uint32_t> recent(1024);
    for (uint64_t k = 0; k < count; ++k) {
        const uint64_t r = bench.random();
        const bool write = r & 1;
        uint32_t address = static_cast<uint32_t>(r >> 32) % bench.words;
        if (r >> 1 & 1) address = recent[r >> 2 & 1023];
        // Next to it, in the same row more often than not.
        if ((r >> 13 & 3) == 0) address ^= r >> 16 & 7;
        // All address bits at once.
        if ((r >> 13 & 15) == 1) address = ~address & (bench.words - 1);
        if (write) recent[r >> 20 & 1023] = address;
        bench.send({write, address, write ? bench.data() : 0});
    }
    bench.finish();
}

// One read on its own: cycles from acceptance to its word.
uint64_t latency(Bench& bench, uint32_t address) {
    bench.mark();
    bench.send({false, address, 0});
    bench.finish();
    return bench.last_read - bench.last_accept;
}

// The most frequent of several numbers: those that a refresh has delayed are few.
class Usual {
   public:
    void add(uint64_t value) { ++counts_[value]; }
    unsigned long long value() const {
        return std::max_element(counts_.begin(), counts_.end(), [](auto& a, auto& b) {
                   return a.second < b.second;
               })->first;
    }

   private:
    std::map<uint64_t, int> counts_;
};

// Cycles from an accepted command to read data: its row open, another one open, no row open, another
// one open and written to in the cycle before; and with a read and a write before it.
void latencies(Bench& bench, const lls::SdramChip& chip) {
    const uint32_t row = uint32_t(chip.columns) * chip.banks;  // the next row of a bank
    const double interval = chip.refresh_window * 1e-12 * chip.frequency / chip.refreshes;
    Usual open, miss, closed, after_write, turn;
    for (int k = 0; k < 60; ++k) {
        latency(bench, 0);
        open.add(latency(bench, 1));
        miss.add(latency(bench, row));
        latency(bench, 0);
        bench.mark();
        bench.send({true, 0, 1});
        bench.send({false, row, 0});
        bench.finish();
        after_write.add(bench.last_read - bench.last_accept);
        latency(bench, 0);
        bench.mark();
        bench.send({false, 0, 0});
        bench.send({true, 1, 1});
        bench.send({false, 1, 0});
        bench.finish();
        turn.add(bench.last_read - bench.first_accept);
        // Longer than from one refresh to the next.
        bench.idle(static_cast<int>(interval) + 40 + k * 7);
        closed.add(latency(bench, 0));
    }
    std::printf("latency open=%llu miss=%llu closed=%llu after_write=%llu turnaround=%llu\n",
                open.value(), miss.value(), closed.value(), after_write.value(), turn.value());
}

int run(int argc, char** argv) {
    const lls::SdramChip chip(argv[1]);
    Bench bench(chip, lls::SdramFaults(argv[2], chip), std::strtoull(argv[3], nullptr, 0),
                std::atoi(argv[4]));
    // Power-up is no part of any pattern.
    bench.send({false, 0, 0});
    bench.finish();
    const unsigned long long first = bench.last_read;
    for (int k = 5; k + 1 < argc; k += 2) {
        const std::string pattern = argv[k];
        const uint64_t number = std::strtoull(argv[k + 1], nullptr, 0);
        const uint64_t count = number ? number : bench.words;
        bench.stall = 0;
        if (pattern == "write") sequential(bench, true, count);
        else if (pattern == "read") sequential(bench, false, count);
        else if (pattern == "alternate") alternate(bench, count);
        else if (pattern == "random") random_accesses(bench, count);
        else if (pattern == "stalls") bench.stall = 0.4, random_accesses(bench, count);
        else if (pattern == "wait") bench.idle(static_cast<int>(number));
        else if (pattern == "latency") { latencies(bench, chip); continue; }
        else if (pattern == "first") { std::printf("first cycles=%llu\n", first); continue; }
        else throw lls::SdramError("There is no pattern " + pattern + ".");
        report(pattern.c_str(), bench);
    }
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    if (argc < 7 || argc % 2 == 0) {
        std::fprintf(stderr, "usage: %s CHIP FAULTS SEED CAPTURE PATTERN NUMBER ...\n", argv[0]);
        return 1;
    }
    try {
        return run(argc, argv);
    } catch (const Difference& difference) {
        std::fprintf(stderr, "%s\n", difference.what());
        return 2;
    } catch (const lls::SdramError& violation) {
        std::fprintf(stderr, "%s\n", violation.what());
        return 3;
    } catch (const Hang& hang) {
        std::fprintf(stderr, "%s\n", hang.what());
        return 4;
    }
}
