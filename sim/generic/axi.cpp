// Programs of the processor beside the core in soc_axi.v.
//
// usage: soc_axi INPUT OUTPUT SEED
//
// sends the bytes of a file through the core's registers and writes what comes back to another
// file, as a program without an operating system would. It prints how many programs of the engine
// have ended, and ends when the input is used up and no interrupt has come for a while.
//
// usage: soc_axi SEED
//
// carries out accesses that standard input asks for, each 12 bytes, three little-endian numbers: an
// operation, an offset or a number of cycles, a value. It answers each with two: the response, or
// whether the interrupt line is high; and the word that was read.

#include <cstring>
#include <fstream>
#include <iterator>
#include <string>

#include "processor.hpp"
#include "registers.hpp"

namespace {
constexpr int kQuiet = 50000;  // longer than a program of the test runs

enum Operation : uint32_t { kRead, kWrite, kWait };

void check(unsigned response) {
    if (response == kOkay) return;
    std::fprintf(stderr, "the core refuses an access\n");
    std::exit(1);
}

uint32_t load(Processor& processor, uint32_t address) {
    const Answer answer = processor.read(address);
    check(answer.response);
    return answer.data;
}

void store(Processor& processor, uint32_t address, uint32_t value) {
    check(processor.write(address, value));
}

void put(std::ofstream& output, uint32_t word, int bytes) {
    while (bytes--) {
        output.put(static_cast<char>(word));
        word >>= 8;
    }
}

void receive(Processor& processor, std::ofstream& output) {
    uint32_t waiting = load(processor, kStatus) & kWaiting;
    for (; waiting >= 4; waiting -= 4) put(output, load(processor, kWord), 4);
    for (; waiting; --waiting) put(output, load(processor, kByte), 1);
}

int bare_metal(const char* from, const char* to, unsigned seed) {
    std::ifstream file(from, std::ios::binary);
    const std::string input((std::istreambuf_iterator<char>(file)), {});
    std::ofstream output(to, std::ios::binary);
    Processor processor(seed);
    if (load(processor, kMagic) != kMagicValue) return 1;
    store(processor, kInterrupt, 1);
    size_t position = 0;
    for (; position + 4 <= input.size(); position += 4) {
        uint32_t word;
        std::memcpy(&word, &input[position], 4);
        store(processor, kWord, word);
        if (processor.interrupt()) receive(processor, output);
    }
    for (; position < input.size(); ++position) {
        store(processor, kByte, static_cast<uint8_t>(input[position]));
    }
    while (processor.wait(kQuiet)) receive(processor, output);
    std::printf("%d\n", processor.programs());
    return 0;
}

int serve(unsigned seed) {
    Processor processor(seed);
    uint32_t asked[3];
    while (std::fread(asked, sizeof asked, 1, stdin) == 1) {
        const auto [operation, where, value] = asked;
        uint32_t answer[2] = {0, 0};
        switch (operation) {
            case kRead: {
                const Answer read = processor.read(where);
                answer[0] = read.response;
                answer[1] = read.data;
                break;
            }
            case kWrite:
                answer[0] = processor.write(where, value);
                break;
            case kWait:
                answer[0] = processor.wait(static_cast<int>(where));
                break;
            default:
                return 2;
        }
        std::fwrite(answer, sizeof answer, 1, stdout);
        std::fflush(stdout);
    }
    return 0;
}
}  // namespace

int main(int argc, char** argv) {
    if (argc == 4) return bare_metal(argv[1], argv[2], std::atoi(argv[3]));
    return argc == 2 ? serve(std::atoi(argv[1])) : 2;
}
