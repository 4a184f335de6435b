// A USB full-speed bus at the level of its two wires, with a Verilated device on it.
//
// Commands come on standard input, answers leave on standard output, both in little-endian bytes:
//
//   'P' cut:u16 spoil:u16 wait:u16 damage:u16 n:u16 bytes  sends a packet (its bytes from the PID
//        on), stops driving after `cut` bits of it if that is not 0, sends bit `spoil` (from 1 on)
//        wrong if that is not 0, then waits for an answer, at most `wait` bit times; with 0, for
//        none. If `damage` is not 0, bit `damage` (from 1 on, modulo its length) of the answer
//        arrives wrong, except where data were asked for and there are none yet.
//        Answer: bit times since the start:u64; then bits of silence before the device's answer
//        times 16:u16, n:u16, bytes; or 0xFFFF for none, or 0xFFFE for one that is no packet.
//   'S' state:u8 bits:u32  holds the bus: 0 both wires low, 1 K, 2 nobody drives.
//   'M' mode:u8  sets the board's input `mode`.
//   'Q'  Answer: bit times since the start:u64, whether the device shows itself:u8, how often
//        device and host drove at once:u32.
//
// usage: NAME ENGINE_PS BIT_PS   periods of the engine's clock and of a bit of the host, in ps

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "Vusb_board.h"
#include "verilated.h"

// Verilator writes the double underscore of Amaranth's ports as ___05F.
#define WIRES(field) wires___05F##field

namespace {

constexpr uint8_t kLow = 0, kJ = 1, kK = 2;  // bit 0 is D+
constexpr uint64_t kIo = 20832;              // ps of the clock of 48 MHz, a multiple of 4
constexpr int kSync = 8;
constexpr uint8_t kSyncByte = 0x80;
constexpr uint8_t kIn = 0x69;         // what asks the device for data
constexpr size_t kHandshakeBits = 20;  // at most
constexpr double kGap = 3;  // bit times before each packet of the host
constexpr uint64_t kLongest = 900;  // bit times of an answer, with the packet's stuffed bits
constexpr int kStuff = 6;  // ones after which a zero is inserted

class Bus {
   public:
    Bus(uint64_t engine, uint64_t bit) : engine_(engine), bit_(bit) {}

    uint64_t bits() const { return time_ / bit_; }
    bool shown() const { return device_.WIRES(pullup); }
    void mode(uint8_t number) { device_.mode = number; }
    uint32_t conflicts = 0;

    // What the host drives, for a number of bit times.
    void drive(bool on, uint8_t state, double bits) {
        driving_ = on;
        driven_ = state;
        update();
        advance(static_cast<uint64_t>(std::llround(bits * static_cast<double>(bit_))));
    }

    // The device's answer as states that lasted some bits; the first is the silence before.
    bool answer(uint32_t wait, bool for_data, unsigned damage, double& silence,
                std::string& bytes) {
        driving_ = false;
        update();
        const uint64_t start = time_, limit = start + wait * bit_;
        while (!device_.WIRES(oe) && time_ < limit) step();
        silence = static_cast<double>(time_ - start) / static_cast<double>(bit_);
        bytes.clear();
        if (!device_.WIRES(oe)) return false;
        std::vector<int> bits;
        uint8_t state = kJ;
        uint64_t since = time_;
        const uint64_t end = time_ + kLongest * bit_;
        while (device_.WIRES(oe)) {
            if (time_ > end) return true;
            step();
            const uint8_t now = device_.WIRES(oe) ? device_.WIRES(o) : kJ;
            if (now == state) continue;
            const auto count = std::llround(double(time_ - since) / (4.0 * kIo));
            if (state == kLow) break;
            if (count) bits.push_back(0);
            for (long long i = 1; i < count; ++i) bits.push_back(1);
            since = time_;
            state = now;
        }
        while (device_.WIRES(oe) && time_ < end) step();
        const bool spoilt = damage && (!for_data || bits.size() > kHandshakeBits);
        if (spoilt && !bits.empty()) bits[(damage - 1) % bits.size()] ^= 1;
        decode(bits, bytes);
        return true;
    }

    void packet(const std::string& bytes, unsigned cut, unsigned spoil) {
        const std::vector<int> bits = stuffed(std::string(1, char(kSyncByte)) + bytes);
        uint8_t state = kJ;
        drive(false, kJ, kGap);
        for (size_t i = 0; i < bits.size(); ++i) {
            if (cut && i == cut) return drive(false, kJ, 1);
            const bool change = !bits[i] != (spoil == i + 1);
            if (change) state ^= 3;
            drive(true, state, 1);
        }
        drive(true, kLow, 2);
        drive(true, kJ, 1);
        driving_ = false;
        update();
    }

   private:
    Vusb_board device_;
    uint64_t engine_, bit_, time_ = 0, next_io_ = 1000, next_engine_ = 500;
    int quarter_ = 0;
    bool driving_ = false;
    uint8_t driven_ = kJ;

    static std::vector<int> stuffed(const std::string& bytes) {
        std::vector<int> bits;
        int ones = 0;
        for (unsigned char byte : bytes)
            for (int i = 0; i < 8; ++i) {
                const int bit = byte >> i & 1;
                bits.push_back(bit);
                ones = bit ? ones + 1 : 0;
                if (ones == kStuff) {
                    bits.push_back(0);
                    ones = 0;
                }
            }
        return bits;
    }

    static void decode(const std::vector<int>& bits, std::string& bytes) {
        std::vector<int> kept;
        int ones = 0;
        for (int bit : bits) {
            if (ones == kStuff) {
                if (bit) return;  // six ones and no zero after them
                ones = 0;
                continue;
            }
            ones = bit ? ones + 1 : 0;
            kept.push_back(bit);
        }
        if (kept.size() % 8 || kept.size() < kSync) return;
        for (size_t at = 0; at < kept.size(); at += 8) {
            int byte = 0;
            for (int i = 0; i < 8; ++i) byte |= kept[at + i] << i;
            bytes.push_back(static_cast<char>(byte));
        }
        if (static_cast<uint8_t>(bytes[0]) != kSyncByte) return bytes.clear();
        bytes.erase(0, 1);
    }

    // The wires as the device sees them.
    void update() {
        const bool talking = device_.WIRES(oe);
        if (talking && driving_) ++conflicts;
        const uint8_t idle = shown() ? kJ : kLow;
        device_.WIRES(i) = driving_ ? driven_ : talking ? device_.WIRES(o) : idle;
    }

    void advance(uint64_t span) {
        const uint64_t end = time_ + span;
        while (std::min(next_io_, next_engine_) <= end) step();
        time_ = end;
    }

    // To the next rising edge of any clock.
    void step() {
        const uint64_t now = std::min(next_io_, next_engine_);
        const bool io = now == next_io_, engine = now == next_engine_, usb = io && quarter_ == 0;
        device_.usb_io_clk = 0;
        device_.clk = 0;
        if (usb) device_.usb_clk = 0;
        device_.eval();
        device_.usb_io_clk = io;
        device_.clk = engine;
        if (usb) device_.usb_clk = 1;
        device_.eval();
        time_ = now;
        if (engine) next_engine_ += engine_;
        if (io) {
            next_io_ += kIo;
            quarter_ = (quarter_ + 1) % 4;
            update();
        }
    }
};

template <typename T>
T get() {
    T value{};
    if (std::fread(&value, sizeof value, 1, stdin) != 1) std::exit(0);
    return value;
}

template <typename T>
void put(T value) {
    std::fwrite(&value, sizeof value, 1, stdout);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 3) return 2;
    Bus bus(std::strtoull(argv[1], nullptr, 10), std::strtoull(argv[2], nullptr, 10));
    for (;;) {
        switch (get<char>()) {
            case 'P': {
                const auto cut = get<uint16_t>(), spoil = get<uint16_t>();
                const auto wait = get<uint16_t>(), damage = get<uint16_t>();
                std::string bytes(get<uint16_t>(), '\0');
                if (std::fread(bytes.data(), 1, bytes.size(), stdin) != bytes.size()) return 0;
                bus.packet(bytes, cut, spoil);
                const bool for_data = !bytes.empty() && uint8_t(bytes[0]) == kIn;
                double silence = 0;
                bytes.clear();
                const bool came = wait && bus.answer(wait, for_data, damage, silence, bytes);
                put<uint64_t>(bus.bits());
                if (!came) {
                    put<uint16_t>(0xFFFF);
                } else if (bytes.empty()) {
                    put<uint16_t>(0xFFFE);
                } else {
                    put<uint16_t>(static_cast<uint16_t>(std::lround(16 * silence)));
                    put<uint16_t>(static_cast<uint16_t>(bytes.size()));
                    std::fwrite(bytes.data(), 1, bytes.size(), stdout);
                }
                break;
            }
            case 'S': {
                const auto state = get<uint8_t>();
                const auto bits = get<uint32_t>();
                bus.drive(state != 2, state == 0 ? kLow : kK, bits);
                put<uint8_t>(0);
                break;
            }
            case 'M':
                bus.mode(get<uint8_t>());
                put<uint8_t>(0);
                break;
            case 'Q':
                put<uint64_t>(bus.bits());
                put<uint8_t>(bus.shown());
                put<uint32_t>(bus.conflicts);
                break;
        }
        std::fflush(stdout);
    }
}
