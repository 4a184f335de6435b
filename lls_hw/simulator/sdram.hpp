// Pin-level model of an SDR SDRAM, stepped once in every cycle of the engine's clock.
//
// The engine launches its outputs at the beginning of a cycle; the chip's clock edge follows by the
// phase and samples them. `step` returns what the engine's register samples at the end of the
// cycle. Read data are right only if that edge lies in their window (see `window` below); otherwise,
// and whenever nobody drives the bus, they are garbage.
//
// A command that a chip would not stand throws SdramError: one sentence with command, bank, time
// and limit. The limits, in picoseconds, come from lls_hw/contract/sdram.py by
// lls_hw/simulator/sdram.py. Rows are allocated when they are first written.

#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "sdram_settings.hpp"

namespace lls {

// The chip's pins in one cycle, as the engine drives them.
struct SdramPins {
    uint32_t a = 0, ba = 0;
    bool ras_n = true, cas_n = true, we_n = true;
    bool cs_n = false, cke = true;
    uint32_t dqm = 0;
    uint32_t dq_o = 0;
    bool dq_oe = false;
};

class Sdram {
   public:
    explicit Sdram(const SdramChip& chip, const SdramFaults& faults = {})
        : chip_(chip),
          faults_(faults),
          mask_(chip.width == 32 ? ~0u : (1u << chip.width) - 1),
          row_mask_((faults.rows ? faults.rows : chip.rows) - 1),
          column_mask_((faults.columns ? faults.columns : chip.columns) - 1),
          bank_mask_((faults.banks ? faults.banks : chip.banks) - 1),
          pages_(size_t(chip.banks) * chip.rows),
          refreshed_(chip.refreshes, 0) {
        const int64_t phase = faults.phase < 0 ? chip.phase : faults.phase;
        edge_ = to_ps(1) * phase / 360000;
        // A phase that is imitated as wrong shows in the data alone.
        if (faults.phase < 0) check_setup();
        window();
        set_deadline();
    }

    // The engine's sample at the end of a cycle in which it drove these pins.
    uint32_t step(const SdramPins& pins) {
        if (faults_.absent) {
            if (pins.dq_oe) floating_ = pins.dq_o;
            return floating_ & mask_;
        }
        const uint32_t command = pins.ras_n << 2 | pins.cas_n << 1 | pins.we_n;
        if (command != kNop && command != kStop && !pins.cs_n && pins.cke) execute(command, pins);
        if (pins.dq_oe && driven_ & 1)
            say("The data bus has two drivers", -1,
                "the chip drives it for " + ns(hz_end_) + " after a READ");
        driven_ >>= 1;
        if (cycle_ >= deadline_) overdue();
        const uint32_t slot = ++cycle_ % kSlots;
        uint32_t sample = static_cast<uint32_t>(cycle_ * 0x9e3779b97f4a7c15u >> 32);
        if (arriving_ >> slot & 1) {
            arriving_ &= ~(1u << slot);
            sample = faults_.data(words_[slot]);
        }
        return sample & mask_;
    }

    uint64_t cycles() const { return cycle_; }
    // Cycles from a READ to the edge that samples its data; 0 if no edge does.
    int capture() const { return capture_; }
    // Initialised, and no violation so far.
    bool ready() const { return mode_set_; }

   private:
    enum : uint32_t { kMode, kRefresh, kPrecharge, kActivate, kWrite, kRead, kStop, kNop };
    static constexpr int kSlots = 32, kAllBanks = 10;
    static constexpr int kPostponed = 8;  // refreshes that may be owed, though a chip would stand more
    static constexpr double kRounding = 0.5;  // ps: a phase is a whole number of millidegrees
    static constexpr uint64_t kNever = ~0ull >> 1;

    struct Bank {
        bool open = false;
        uint32_t row = 0;
        uint64_t activated = 0, precharged = 0, written = 0;
        bool ever_activated = false, ever_precharged = false, ever_written = false;
    };

    // Time.
    double to_ps(uint64_t cycles) const { return cycles * 1e12 / chip_.frequency; }
    uint64_t to_cycles(int64_t ps) const {  // rounded up
        return static_cast<uint64_t>(
            (static_cast<unsigned __int128>(ps) * chip_.frequency + 999999999999u) / 1000000000000u);
    }
    int64_t elapsed(uint64_t since) const {  // ps, rounded down
        return static_cast<int64_t>(static_cast<unsigned __int128>(cycle_ - since) * 1000000000000u /
                                    chip_.frequency);
    }
    double now() const { return (to_ps(cycle_) + edge_) / 1000; }
    int64_t gap() const { return chip_.refresh_window / chip_.refreshes * (kPostponed + 1); }

    // Sentences.
    [[noreturn]] void say(const std::string& what, int bank, const std::string& why) const {
        char time[40];
        std::snprintf(time, sizeof time, " at %.3f ns", now());
        throw SdramError(what + (bank < 0 ? "" : " of bank " + std::to_string(bank)) + time + ": " +
                         why + ".");
    }
    static std::string ns(double ps) {
        char text[40];
        std::snprintf(text, sizeof text, "%.3f ns", ps / 1000);
        return text;
    }
    void least(const std::string& what, int bank, const char* limit, uint64_t since, int64_t ps,
               const char* event) const {
        // Compared without rounding.
        if (static_cast<unsigned __int128>(cycle_ - since) * 1000000000000u <
            static_cast<unsigned __int128>(ps) * chip_.frequency)
            say(what, bank,
                std::string(limit) + " is " + ns(ps) + ", but only " + ns(elapsed(since)) +
                    " have passed since " + event);
    }

    void check_setup() const {
        const double hold = to_ps(1) - edge_;
        if (edge_ + kRounding < chip_.t_is || hold + kRounding < chip_.t_ih)
            throw SdramError("The chip's clock edge comes " + ns(edge_) +
                             " after the engine's and " + ns(hold) +
                             " before the next; setup takes " + ns(chip_.t_is) + " and hold " +
                             ns(chip_.t_ih) + ".");
    }

    // Which edge of the engine's clock lies in the window of read data, and in which cycles the
    // chip drives the bus; both from the cycle of the READ.
    void window() {
        const double period = to_ps(1);
        const double first = edge_ + (chip_.cas_latency - 1) * period;
        const double begin = first + chip_.t_ac + chip_.round_trip_most;
        const double end = first + period + chip_.t_oh + chip_.round_trip_least;
        hz_end_ = first + period + chip_.t_hz;
        capture_ = 0;
        drive_ = 0;
        for (int cycle = 1; cycle < kSlots; ++cycle) {
            const double now = cycle * period;
            if (now + kRounding >= begin && now <= end + kRounding) capture_ = cycle;
            if (now + period > first + kRounding && now + kRounding < hz_end_)
                drive_ |= 1u << cycle;
        }
    }

    void execute(uint32_t command, const SdramPins& pins) {
        if (!powered_) {
            least(name(command), -1, "the pause after power-up", 0, chip_.power_up, "the start");
            if (command != kPrecharge || !(pins.a >> kAllBanks & 1))
                say(name(command), -1, "the first command must be PRECHARGE of all banks");
            powered_ = true;
        }
        if (last_refresh_ != kNever)
            least(name(command), -1, "t_rfc", last_refresh_, chip_.t_rfc, "REFRESH");
        if (mode_set_ && cycle_ - mode_at_ < static_cast<uint64_t>(chip_.t_mrd))
            say(name(command), -1,
                "t_mrd is " + std::to_string(chip_.t_mrd) + " clocks, but only " +
                    std::to_string(cycle_ - mode_at_) + " have passed since MODE");
        switch (command) {
            case kActivate: return activate(pins);
            case kRead: return read(pins);
            case kWrite: return write(pins);
            case kPrecharge: return precharge(pins);
            case kRefresh: return refresh();
            default: return mode(pins);
        }
    }

    static const char* name(uint32_t command) {
        static const char* const names[] = {"MODE",  "REFRESH", "PRECHARGE", "ACTIVATE",
                                            "WRITE", "READ",    "STOP",      "NOP"};
        return names[command];
    }

    void activate(const SdramPins& pins) {
        const int bank = pins.ba & (chip_.banks - 1);
        Bank& b = banks_[bank];
        if (!mode_set_) say("ACTIVATE", bank, "the mode was not set after power-up");
        if (b.open)
            say("ACTIVATE", bank, "row " + std::to_string(b.row) + " is still open");
        if (b.ever_precharged)
            least("ACTIVATE", bank, "t_rp", b.precharged, chip_.t_rp, "PRECHARGE");
        if (b.ever_activated)
            least("ACTIVATE", bank, "t_rc", b.activated, chip_.t_rc, "ACTIVATE");
        if (last_activate_ != kNever)
            least("ACTIVATE", bank, "t_rrd", last_activate_, chip_.t_rrd,
                  "ACTIVATE of another bank");
        b.open = b.ever_activated = true;
        b.row = pins.a & (chip_.rows - 1);
        b.activated = last_activate_ = cycle_;
        if (int(b.row) == faults_.leaky.first) leak(pins.ba, b);
        b.ever_written = false;
        set_deadline();
    }

    Bank& accessed(const char* what, const SdramPins& pins) {
        const int bank = pins.ba & (chip_.banks - 1);
        Bank& b = banks_[bank];
        if (!b.open) say(what, bank, "no row is open");
        least(what, bank, "t_rcd", b.activated, chip_.t_rcd, "ACTIVATE");
        if (pins.a >> kAllBanks & 1)
            say(what, bank, "address pin 10 is high, which closes the row by itself");
        return b;
    }

    // The row's words, or null if it was never written.
    uint32_t* page(const Bank& b, uint32_t ba, bool make) {
        const size_t bank = ba & (chip_.banks - 1) & bank_mask_;
        auto& words = pages_[bank * chip_.rows + (faults_.address(b.row) & row_mask_)];
        if (!words && make) words.reset(new uint32_t[chip_.columns]());
        return words.get();
    }
    // A row that refreshes do not reach.
    void leak(uint32_t ba, const Bank& b) {
        uint32_t* words = page(b, ba, false);
        const int64_t since = b.ever_precharged ? elapsed(closed_[ba & (chip_.banks - 1)]) : 0;
        if (words && since > faults_.leaky.second * 1000000ll)
            std::fill(words, words + chip_.columns, 0);
    }
    uint32_t column(uint32_t a) const { return faults_.address(a) & column_mask_; }

    void read(const SdramPins& pins) {
        const Bank& b = accessed("READ", pins);
        driven_ |= drive_;
        if (!capture_) return;
        const uint32_t* words = page(b, pins.ba, false);
        const uint32_t slot = (cycle_ + capture_) % kSlots;
        words_[slot] = words ? words[column(pins.a)] : 0;
        const uint32_t bank = pins.ba & (chip_.banks - 1);
        const uint32_t address = (b.row * chip_.banks + bank) * chip_.columns + pins.a;
        if (int(address) == faults_.cell_stuck.first) words_[slot] &= ~(1u << faults_.cell_stuck.second);
        arriving_ |= 1u << slot;
    }

    void write(const SdramPins& pins) {
        Bank& b = accessed("WRITE", pins);
        if (!pins.dq_oe) say("WRITE", pins.ba & (chip_.banks - 1), "nobody drives the data bus");
        b.written = cycle_;
        b.ever_written = true;
        uint32_t bytes = 0;
        for (int lane = 0; lane < chip_.width / 8; ++lane)
            if (!(pins.dqm >> lane & 1)) bytes |= 0xffu << 8 * lane;
        uint32_t& word = page(b, pins.ba, true)[column(pins.a)];
        word = (word & ~bytes) | (faults_.data(pins.dq_o) & bytes);
    }

    void precharge(const SdramPins& pins) {
        for (int bank = 0; bank < chip_.banks; ++bank) {
            Bank& b = banks_[bank];
            if (!(pins.a >> kAllBanks & 1) && bank != int(pins.ba & (chip_.banks - 1))) continue;
            if (b.open) {
                if (int(b.row) == faults_.leaky.first) closed_[bank] = cycle_;
                least("PRECHARGE", bank, "t_ras", b.activated, chip_.t_ras, "ACTIVATE");
                if (b.ever_written)
                    least("PRECHARGE", bank, "t_wr", b.written, chip_.t_wr, "WRITE");
            }
            b.open = false;
            b.ever_precharged = true;
            b.precharged = cycle_;
        }
        set_deadline();
    }

    void refresh() {
        for (int bank = 0; bank < chip_.banks; ++bank) {
            const Bank& b = banks_[bank];
            if (b.open) say("REFRESH", bank, "row " + std::to_string(b.row) + " is open");
            if (b.ever_precharged)
                least("REFRESH", bank, "t_rp", b.precharged, chip_.t_rp, "PRECHARGE");
            if (b.ever_activated)
                least("REFRESH", bank, "t_rc", b.activated, chip_.t_rc, "ACTIVATE");
        }
        // Rows keep their charge from the first refresh on.
        if (!refresh_count_++) std::fill(refreshed_.begin(), refreshed_.end(), cycle_);
        last_refresh_ = cycle_;
        refreshed_[next_refresh_] = cycle_;
        next_refresh_ = next_refresh_ + 1 == refreshed_.size() ? 0 : next_refresh_ + 1;
        set_deadline();
    }

    void mode(const SdramPins& pins) {
        for (int bank = 0; bank < chip_.banks; ++bank)
            if (banks_[bank].open) say("MODE", bank, "a row is open");
        if (refresh_count_ < uint64_t(chip_.power_up_refreshes))
            say("MODE", -1,
                "the chip needs " + std::to_string(chip_.power_up_refreshes) +
                    " refreshes after power-up and had " + std::to_string(refresh_count_));
        const int latency = pins.a >> 4 & 7;
        if (latency != chip_.cas_latency)
            say("MODE", -1,
                "it sets a CAS latency of " + std::to_string(latency) + ", not of " +
                    std::to_string(chip_.cas_latency));
        if (pins.a & ~0x70u || pins.ba)
            say("MODE", -1, "it sets more than a burst length of 1 and the CAS latency");
        mode_set_ = true;
        mode_at_ = cycle_;
    }

    // The first cycle in which something was not done in time.
    uint64_t refresh_deadline() const {
        if (last_refresh_ == kNever) return to_cycles(gap() + chip_.power_up);
        return std::min(refreshed_[next_refresh_] + to_cycles(chip_.refresh_window),
                        last_refresh_ + to_cycles(gap()));
    }
    void set_deadline() {
        deadline_ = refresh_deadline();
        for (int bank = 0; bank < chip_.banks; ++bank)
            if (banks_[bank].open)
                deadline_ = std::min(deadline_, banks_[bank].activated + to_cycles(chip_.t_ras_most) + 1);
    }
    [[noreturn]] void overdue() const {
        for (int bank = 0; bank < chip_.banks; ++bank)
            if (banks_[bank].open && elapsed(banks_[bank].activated) > chip_.t_ras_most)
                say("The row", bank,
                    "it may be open for " + ns(chip_.t_ras_most) + ", and is for " +
                        ns(elapsed(banks_[bank].activated)));
        if (last_refresh_ == kNever)
            say("REFRESH is missing", -1,
                "there was none since power-up, in " + ns(gap() + chip_.power_up));
        if (elapsed(refreshed_[next_refresh_]) >= chip_.refresh_window)
            say("REFRESH is missing", -1,
                std::to_string(chip_.refreshes) + " are needed in " + ns(chip_.refresh_window));
        say("REFRESH is missing", -1,
            "the last was " + ns(elapsed(last_refresh_)) +
                " ago, and at most " + std::to_string(kPostponed) +
                " may be postponed, which is a limit of " + ns(gap()));
    }

    const SdramChip chip_;
    const SdramFaults faults_;
    const uint32_t mask_, row_mask_, column_mask_, bank_mask_;
    double edge_ = 0;  // from the engine's clock edge to the chip's, ps
    double hz_end_ = 0;
    int capture_ = 0;
    uint32_t drive_ = 0, driven_ = 0;  // cycles in which the chip drives the bus, bit 0 is now
    uint32_t arriving_ = 0, words_[kSlots] = {};
    uint32_t floating_ = 0;
    uint64_t cycle_ = 0, deadline_ = 0;
    uint64_t last_activate_ = kNever, last_refresh_ = kNever, mode_at_ = 0;
    uint64_t refresh_count_ = 0;
    bool powered_ = false, mode_set_ = false;
    Bank banks_[4];
    uint64_t closed_[4] = {};  // of the leaky row, in each bank
    std::vector<std::unique_ptr<uint32_t[]>> pages_;
    std::vector<uint64_t> refreshed_;  // the last refreshes, oldest at next_refresh_
    size_t next_refresh_ = 0;
};

}  // namespace lls
