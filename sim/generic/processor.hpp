// A processor in front of soc_axi.v: single accesses over AXI4-Lite, with random stalls.

#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <random>

#include "Vsoc_axi.h"
#include "verilated.h"

struct Answer {
    uint32_t data;
    unsigned response;
};

class Processor {
   public:
    explicit Processor(unsigned seed) : random_(seed), soc_(&context_) {
        soc_.aresetn = 0;
        for (int n = 0; n < 4; ++n) cycle();
        soc_.aresetn = 1;
    }

    // A write; address and word may come in either order.
    unsigned write(uint32_t address, uint32_t data) {
        bool address_left = true, word_left = true;
        soc_.s_axi_awaddr = address;
        soc_.s_axi_wdata = data;
        soc_.s_axi_wstrb = 0xF;
        writes_ = 1;
        for (int left = kDeadline; left; --left) {
            // What is once valid stays valid until it is taken.
            soc_.s_axi_awvalid = address_left && (soc_.s_axi_awvalid || chance());
            soc_.s_axi_wvalid = word_left && (soc_.s_axi_wvalid || chance());
            soc_.s_axi_bready = chance();
            settle();
            const bool address_taken = soc_.s_axi_awvalid && soc_.s_axi_awready;
            const bool word_taken = soc_.s_axi_wvalid && soc_.s_axi_wready;
            const bool answered = soc_.s_axi_bvalid && soc_.s_axi_bready;
            const unsigned response = soc_.s_axi_bresp;
            if (soc_.s_axi_bvalid && (address_left || word_left)) fail("answers a write too early");
            cycle();
            if (address_taken) address_left = soc_.s_axi_awvalid = 0;
            if (word_taken) word_left = soc_.s_axi_wvalid = 0;
            if (answered) {
                soc_.s_axi_bready = writes_ = 0;
                return response;
            }
        }
        fail("does not answer a write");
    }

    Answer read(uint32_t address) {
        bool address_left = true;
        soc_.s_axi_araddr = address;
        reads_ = 1;
        for (int left = kDeadline; left; --left) {
            soc_.s_axi_arvalid = address_left && (soc_.s_axi_arvalid || chance());
            soc_.s_axi_rready = chance();
            settle();
            const bool address_taken = soc_.s_axi_arvalid && soc_.s_axi_arready;
            const bool answered = soc_.s_axi_rvalid && soc_.s_axi_rready;
            const Answer answer{soc_.s_axi_rdata, soc_.s_axi_rresp};
            if (soc_.s_axi_rvalid && address_left) fail("answers a read too early");
            cycle();
            if (address_taken) address_left = soc_.s_axi_arvalid = 0;
            if (answered) {
                soc_.s_axi_rready = reads_ = 0;
                return answer;
            }
        }
        fail("does not answer a read");
    }

    // Passes cycles until the interrupt line is high, at most so many; whether it is.
    bool wait(int cycles) {
        while (cycles-- && !soc_.irq) cycle();
        return soc_.irq;
    }

    bool interrupt() const { return soc_.irq; }

    // Programs that have ended.
    int programs() const { return programs_; }

   private:
    static constexpr int kDeadline = 10000;

    bool chance() { return random_() % 3 != 0; }

    void settle() {
        soc_.aclk = 0;
        soc_.eval();
    }

    // One clock; an answer on offer stays as it is, and there is none that nobody asked for.
    void cycle() {
        settle();
        if ((soc_.s_axi_bvalid && !writes_) || (soc_.s_axi_rvalid && !reads_)) {
            fail("answers what nobody asked");
        }
        const bool b_stays = soc_.s_axi_bvalid && !soc_.s_axi_bready;
        const bool r_stays = soc_.s_axi_rvalid && !soc_.s_axi_rready;
        const unsigned response = soc_.s_axi_bresp;
        const Answer answer{soc_.s_axi_rdata, soc_.s_axi_rresp};
        const bool busy = soc_.busy;
        soc_.aclk = 1;
        soc_.eval();
        if (b_stays && !(soc_.s_axi_bvalid && soc_.s_axi_bresp == response)) {
            fail("takes the response to a write back");
        }
        if (r_stays && !(soc_.s_axi_rvalid && soc_.s_axi_rdata == answer.data &&
                         soc_.s_axi_rresp == answer.response)) {
            fail("takes a word back");
        }
        programs_ += busy && !soc_.busy;
    }

    [[noreturn]] void fail(const char* what) {
        std::fprintf(stderr, "the core %s\n", what);
        std::exit(1);
    }

    std::mt19937 random_;
    VerilatedContext context_;
    Vsoc_axi soc_;
    int writes_ = 0, reads_ = 0, programs_ = 0;
};
