// Provokes each violation of the SDRAM's model once: `sdram_model CHIP` prints "case: sentence".
//
// CHIP are the settings of an EM638325 at 100 MHz and 270 degrees, so a cycle lasts 10 ns and the
// chip's clock edge follows the engine's by 7.5 ns.

#include <cstdio>
#include <functional>
#include <string>

#include "sdram.hpp"

using lls::Sdram;
using lls::SdramChip;
using lls::SdramFaults;
using lls::SdramPins;

namespace {

std::string settings;

std::string with(const std::string& name, long value) {
    const size_t begin = settings.find("," + name + "=") + 1;
    const size_t end = settings.find(',', begin);
    return settings.substr(0, begin) + name + "=" + std::to_string(value) +
           (end == std::string::npos ? "" : settings.substr(end));
}

// Sends commands to a model.
class Board {
   public:
    explicit Board(const std::string& chip = settings, const std::string& faults = "")
        : chip(chip), model(this->chip, SdramFaults(faults, this->chip)) {}

    const SdramChip chip;
    Sdram model;

    uint32_t step(const SdramPins& pins) { return model.step(pins); }
    void idle(uint64_t cycles = 1) {
        for (uint64_t k = 0; k < cycles; ++k) step({});
    }
    uint32_t send(bool ras_n, bool cas_n, bool we_n, uint32_t a = 0, uint32_t ba = 0) {
        SdramPins pins;
        pins.ras_n = ras_n, pins.cas_n = cas_n, pins.we_n = we_n, pins.a = a, pins.ba = ba;
        return step(pins);
    }
    void activate(uint32_t row, uint32_t bank = 0) { send(0, 1, 1, row, bank); }
    void precharge(uint32_t bank = 0) { send(0, 1, 0, 0, bank); }
    void precharge_all() { send(0, 1, 0, 1 << 10); }
    void refresh() { send(0, 0, 1); }
    void mode(uint32_t value = 0x30) { send(0, 0, 0, value); }
    void read(uint32_t column, uint32_t bank = 0) { send(1, 0, 1, column, bank); }
    void write(uint32_t column, uint32_t data, uint32_t bank = 0, bool drive = true,
               uint32_t mask = 0) {
        SdramPins pins;
        pins.cas_n = pins.we_n = false, pins.a = column, pins.ba = bank;
        pins.dq_o = data, pins.dq_oe = drive, pins.dqm = mask;
        step(pins);
    }
    void drive() {
        SdramPins pins;
        pins.dq_oe = true;
        step(pins);
    }
    Board& start(int refreshes = 8) {
        idle(20'000);
        precharge_all();
        idle(2);
        for (int k = 0; k < refreshes; ++k) refresh(), idle(6);
        return *this;
    }
    Board& ready() {
        start();
        mode();
        idle();
        return *this;
    }
    // A row of a ready chip, open for long enough.
    Board& open(uint32_t row = 5, uint32_t bank = 0) {
        ready();
        activate(row, bank);
        idle(4);
        return *this;
    }
    // One word, written and read in new rows.
    uint32_t word(uint32_t row, uint32_t column, uint32_t bank = 0) {
        activate(row, bank);
        idle(4);
        read(column, bank);
        idle(2);
        const uint32_t data = send(1, 1, 1);
        precharge(bank);
        idle(2);
        return data;
    }
    void store(uint32_t row, uint32_t column, uint32_t data, uint32_t bank = 0) {
        activate(row, bank);
        idle(4);
        write(column, data, bank);
        idle();
        precharge(bank);
        idle(2);
    }
};

void violation(const char* name, const std::function<void(Board&)>& provoke,
               const std::string& chip = settings) {
    std::string sentence = "nothing was found";
    try {
        Board board(chip);
        provoke(board);
    } catch (const lls::SdramError& error) {
        sentence = error.what();
    }
    std::printf("%s: %s\n", name, sentence.c_str());
}

void value(const char* name, uint32_t number) { std::printf("%s: %x\n", name, number); }

void violations() {
    violation("nothing", [](Board& b) {
        b.ready();
        b.store(5, 3, 0x1234);
        b.word(5, 3);
        b.precharge_all();
        b.idle(2);
        for (int k = 0; k < 10'000; ++k) b.refresh(), b.idle(1561);
    });
    violation("t_rcd", [](Board& b) { b.ready().activate(5, 2); b.idle(); b.read(3, 2); });
    violation("t_rcd of a write", [](Board& b) { b.ready().activate(5); b.idle(); b.write(3, 1); });
    violation("t_rp", [](Board& b) { b.open().precharge(); b.idle(1); b.activate(5); });
    violation("t_rp before refresh", [](Board& b) { b.open().precharge(); b.idle(2);
        b.activate(1); b.idle(4); b.precharge(); b.idle(); b.refresh(); });
    violation("t_rc", [](Board& b) { b.ready().activate(5); b.idle(4); b.precharge();
        b.activate(6); }, with("t_rp", 10'000));
    violation("t_ras", [](Board& b) { b.ready().activate(5, 1); b.idle(3); b.precharge(1); });
    violation("t_ras of all", [](Board& b) { b.open().activate(5, 1); b.idle(3); b.precharge_all(); });
    violation("t_wr", [](Board& b) { b.open().write(3, 1); b.precharge(); });
    violation("t_rfc", [](Board& b) { b.ready().refresh(); b.idle(5); b.activate(5); });
    violation("t_rfc of two", [](Board& b) { b.ready().refresh(); b.idle(5); b.refresh(); });
    violation("t_rrd", [](Board& b) { b.ready().activate(5); b.activate(5, 1); });
    violation("t_mrd", [](Board& b) { b.start().mode(); b.activate(5); });
    violation("CAS latency", [](Board& b) { b.start().mode(0x20); });
    violation("burst length", [](Board& b) { b.start().mode(0x33); });
    violation("closed row, read", [](Board& b) { b.ready().read(3, 1); });
    violation("closed row, write", [](Board& b) { b.ready().write(3, 1); });
    violation("row closed again", [](Board& b) { b.open().precharge(); b.idle(2); b.read(3); });
    violation("open bank", [](Board& b) { b.open().activate(6); });
    violation("auto-precharge", [](Board& b) { b.open().read(1 << 10); });
    violation("refresh of an open bank", [](Board& b) { b.open(5, 3).refresh(); });
    violation("mode with an open bank", [](Board& b) { b.open().mode(); });
    violation("nobody drives", [](Board& b) { b.open().write(3, 1, 0, false); });
    violation("two drivers", [](Board& b) { b.open().read(3); b.idle(3); b.drive(); });
    violation("one driver before", [](Board& b) { b.open().read(3); b.drive(); });
    violation("one driver after", [](Board& b) { b.open().read(3); b.idle(4); b.write(3, 1); });
    violation("no power-up", [](Board& b) { b.idle(19'999); b.precharge_all(); });
    violation("no precharge", [](Board& b) { b.idle(20'000); b.refresh(); });
    violation("too few refreshes", [](Board& b) { b.start(7).mode(); });
    violation("no mode", [](Board& b) { b.start().activate(5); });
    violation("no refresh at all", [](Board& b) { b.idle(40'000); });
    violation("refreshes stop", [](Board& b) { b.ready().idle(15'000); });
    violation("refreshes too rare", [](Board& b) {
        for (b.ready();; b.idle(1570)) b.refresh();
    });
    violation("row open too long", [](Board& b) { b.open().idle(10'000); });
    violation("phase too early", [](Board&) {}, with("phase", 45'000));
    violation("phase too late", [](Board&) {}, with("phase", 330'000));
    violation("unknown setting", [](Board&) {}, settings + ",colour=3");
    violation("missing setting", [](Board&) {}, "rows=2048");
    violation("no number", [](Board&) {}, "rows=many");
}

void values() {
    Board board;
    board.ready();
    board.store(5, 3, 0x12345678, 1);
    value("word", board.word(5, 3, 1));
    value("capture", board.model.capture());
    board.activate(5, 1);
    board.idle(4);
    board.write(3, 0xffffffff, 1, true, 0b0110);
    board.idle();
    board.precharge(1);
    board.idle(2);
    value("masked bytes", board.word(5, 3, 1));
    // One edge too early, one too late.
    board.activate(5, 1);
    board.idle(4);
    board.read(3, 1);
    board.idle(1);
    value("early is garbage", board.send(1, 1, 1) != 0xff3456ff);
    value("on time", board.send(1, 1, 1));
    value("late is garbage", board.send(1, 1, 1) != 0xff3456ff);
}

// The word at (row 9, column 5, bank 3) after 0xa5 was written there, then 0x5a at `others`.
uint32_t after(const std::string& faults, uint32_t row, uint32_t column, uint32_t bank) {
    Board board(settings, faults);
    board.ready();
    board.store(9, 5, 0xa5, 3);
    board.store(row, column, 0x5a, bank);
    return board.word(9, 5, 3);
}

// The same word 30 microseconds later.
uint32_t later(const std::string& faults) {
    Board board(settings, faults);
    board.ready();
    board.store(9, 5, 0xa5, 3);
    for (int refresh = 0; refresh < 3; ++refresh) {
        board.idle(1000);
        board.refresh();
    }
    board.idle(10);
    return board.word(9, 5, 3);
}

void faults() {
    value("sound", after("", 9 + 1024, 5, 3));
    value("absent", after("absent", 0, 0, 0));
    value("rows", after("rows=1024", 9 + 1024, 5, 3));
    value("columns", after("columns=128", 9, 5 + 128, 3));
    value("banks", after("banks=2", 9, 5, 1));
    value("data stuck at 0", after("data_stuck=2:0", 0, 0, 0));
    value("data stuck at 1", after("data_stuck=31:1", 0, 0, 0));
    value("data swapped", after("data_swapped=0:4", 0, 0, 0));
    value("address stuck", after("address_stuck=8:1", 9 + 256, 5, 3));
    value("address swapped", after("address_swapped=0:1", 9, 6, 3));
    value("address swapped with one that columns lack", after("address_swapped=2:10", 9, 1, 3));
    value("cell stuck", after("cell_stuck=" + std::to_string((9 * 4 + 3) * 256 + 5) + ":2", 0, 0, 0));
    value("another cell stuck", after("cell_stuck=5:2", 0, 0, 0));
    value("leaky", later("leaky=9:20"));
    value("leaky, but not yet", later("leaky=9:40"));
    value("another row is leaky", later("leaky=8:20"));
    value("phase is garbage", after("phase=90000", 0, 0, 0) != 0xa5);
    violation("unknown fault", [](Board& board) { SdramFaults("broken", board.chip); });
    violation("half a pair", [](Board& board) { SdramFaults("data_stuck=3", board.chip); });
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 2) return 1;
    settings = argv[1];
    violations();
    values();
    faults();
    return 0;
}
