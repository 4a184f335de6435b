// The simulated board: the Verilated system in a plain loop, its byte streams on a TCP socket.
//
// usage: system PORT [--with-parent] [--line CYCLES BYTES]
//
// Listens on 127.0.0.1 only; port 0 takes any free one. The first line on standard output names
// the port. One host at a time, which is greeted with LLS_GREETING; when it leaves, the board goes on
// and waits for the next. Another one that comes meanwhile is told LLS_OCCUPIED and sent away. With --with-parent the board ends when standard input closes, so it never outlives who started it.
// While nothing happens (no byte for a while, engine idle) no cycles pass and no time is used.
//
// With --line, BYTES bytes take CYCLES cycles each way, as on a serial line. Whoever started the
// board with --with-parent may then write to its standard input: it answers with the cycles so far.
// For such a parent, cycles in which the engine waits for the line are counted but not simulated;
// the engine's own register CLOCK does not see them.

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>

#include "Vsystem.h"
#ifdef LLS_SDRAM
#include "sdram.hpp"
#endif
#include "verilated.h"

// Verilator writes the double underscore of Amaranth's stream ports as ___05F.
#define PORT(stream, field) stream##___05F##field

namespace {

// Cycles between two looks at the sockets.
constexpr int kSlice = 256;
// Longer than the engine can be silent between two bytes of a reply.
constexpr uint64_t kQuiet = 8192;
// Cycles after a byte until the link rests, unless the byte has ended a frame.
constexpr uint64_t kByteWork = 32;
// The byte around frames.
constexpr char kFlag = LLS_FLAG;
// Bytes kept for a host that does not read; then the board has to wait.
constexpr size_t kBacklog = 1 << 16;

volatile std::sig_atomic_t stop = 0;
void on_signal(int) { stop = 1; }

[[noreturn]] void fail(const char* what) {
    std::fprintf(stderr, "The simulated board cannot %s: %s.\n", what, std::strerror(errno));
    std::exit(1);
}

// One direction of a serial line; times are in cycles multiplied by the line's bytes.
class Line {
   public:
    uint64_t byte = 0, scale = 1;  // a byte takes byte / scale cycles

    // A byte is waiting; without a pause if the one before has left in the last cycle.
    void wait(uint64_t cycle) {
        const uint64_t now = cycle * scale;
        if (!waiting_) due_ = (now < due_ + 2 * scale ? due_ : now) + byte;
        waiting_ = true;
    }
    bool waiting() const { return waiting_; }
    bool arrived(uint64_t cycle) const { return waiting_ && cycle * scale >= due_; }
    uint64_t arrival() const { return (due_ + scale - 1) / scale; }
    void taken() { waiting_ = false; }

   private:
    uint64_t due_ = 0;
    bool waiting_ = false;
};

class Board {
   public:
    std::string input, output;
    size_t position = 0;  // of the next byte in input
    uint64_t cycles = 0;
    Line in, out;
    bool skips = false;  // whether cycles of waiting are only counted

    bool idle() const {
        return position == input.size() && !top_.busy && !out.waiting() && cycles - last_ > kQuiet;
    }

    void step(bool listening) {
        if (position < input.size()) in.wait(cycles);
        const bool offer = in.arrived(cycles);
        top_.PORT(rx, valid) = offer;
        if (offer) top_.PORT(rx, payload) = static_cast<uint8_t>(input[position]);
        top_.PORT(tx, ready) = output.size() < kBacklog && (out.arrived(cycles) || !out.byte);
        top_.clk = 0;
        top_.eval();
        if (offer && top_.PORT(rx, ready)) {
            if (input[position++] == kFlag) work_ = cycles;
            last_ = cycles;
            in.taken();
        }
        if (top_.PORT(tx, valid) && top_.PORT(tx, ready)) {
            const char byte = static_cast<char>(top_.PORT(tx, payload));
            if (listening) output.push_back(byte);
            if (byte == kFlag) work_ = cycles;
            last_ = cycles;
            out.taken();
        } else if (top_.PORT(tx, valid) && out.byte) {
            out.wait(cycles);
        }
        if (top_.busy) last_ = work_ = cycles;
        drive_memory();
        high();
        ++cycles;
        if (skips) skip();
    }

   private:
    // The second half of a cycle. With LLS_BOARD_CLOCKS there is a domain of twice the
    // clock, which has its edges here and halfway.
    void high() {
#ifdef LLS_BOARD_CLOCKS
        top_.fast_clk = 1;
        top_.eval();
        top_.fast_clk = 0;
        top_.eval();
        top_.fast_clk = 1;
#endif
        top_.clk = 1;
        top_.eval();
#ifdef LLS_BOARD_CLOCKS
        top_.fast_clk = 0;
#endif
    }

    // Goes to the next byte on the line, once nothing else can change.
    void skip() {
        if (cycles - last_ <= kByteWork || cycles - work_ <= kQuiet) return;
        uint64_t next = UINT64_MAX;
        for (const Line* line : {&in, &out})
            if (line->waiting()) next = std::min(next, line->arrival());
        if (next != UINT64_MAX && next > cycles) cycles = next;
    }

#ifdef LLS_SDRAM
    // The chip sees the pins of this cycle; its answer is sampled by the edge that ends the cycle.
    void drive_memory() {
        lls::SdramPins pins;
        pins.a = top_.PORT(memory, a);
        pins.ba = top_.PORT(memory, ba);
        pins.ras_n = top_.PORT(memory, ras_n);
        pins.cas_n = top_.PORT(memory, cas_n);
        pins.we_n = top_.PORT(memory, we_n);
        pins.cs_n = top_.PORT(memory, cs_n);
        pins.cke = top_.PORT(memory, cke);
        pins.dqm = top_.PORT(memory, dqm);
        pins.dq_o = top_.PORT(memory, dq_o);
        pins.dq_oe = top_.PORT(memory, dq_oe) != 0;
        try {
            top_.PORT(memory, dq_i) = memory_.step(pins);
        } catch (const lls::SdramError& error) {
            std::fprintf(stderr, "%s\n", error.what());
            std::exit(3);
        }
    }

    // What a broken chip would do, for tests: LLS_HW_SIMULATOR_SDRAM, settings of SdramFaults.
    static lls::SdramFaults faults(const lls::SdramChip& chip) {
        const char* text = std::getenv("LLS_HW_SIMULATOR_SDRAM");
        try {
            return text ? lls::SdramFaults(text, chip) : lls::SdramFaults();
        } catch (const lls::SdramError& error) {
            std::fprintf(stderr, "LLS_HW_SIMULATOR_SDRAM is '%s': %s Correct or unset it.\n",
                         text, error.what());
            std::exit(3);
        }
    }

    const lls::SdramChip chip_{LLS_SDRAM};
    lls::Sdram memory_{chip_, faults(chip_)};
#else
    void drive_memory() {}
#endif
    VerilatedContext context_;
    Vsystem top_{&context_};
    uint64_t last_ = 0;  // cycle of the last byte, or the last in which the engine was busy
    uint64_t work_ = 0;  // the same, but of bytes only those around frames
};

int listen_on(int port) {
    const int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (server < 0) fail("open a socket");
    const int on = 1;
    setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (bind(server, reinterpret_cast<sockaddr*>(&address), sizeof address) || listen(server, 1))
        fail("listen on that port");
    socklen_t size = sizeof address;
    getsockname(server, reinterpret_cast<sockaddr*>(&address), &size);
    std::printf("listening on 127.0.0.1:%d\n", ntohs(address.sin_port));
    std::fflush(stdout);
    return server;
}

// The host's connection, if there is one.
class Host {
   public:
    explicit Host(int server) : server_(server) {}

    bool connected() const { return client_ >= 0; }

    // Moves bytes; waits for something to happen when the board is idle. False: end.
    bool exchange(Board& board, bool parent) {
        const bool idle = board.idle() && (board.output.empty() || !connected());
        pollfd polls[3] = {{client_, POLLIN, 0},  // ignored if there is none
                           {server_, POLLIN, 0},
                           {parent ? STDIN_FILENO : -1, POLLIN, 0}};
        if (!board.output.empty()) polls[0].events |= POLLOUT;
        if (poll(polls, 3, idle ? -1 : 0) < 0) return errno == EINTR && !stop;
        if (polls[2].revents) {
            char ignored[256];
            if (read(STDIN_FILENO, ignored, sizeof ignored) <= 0) return false;
            std::printf("%llu\n", static_cast<unsigned long long>(board.cycles));
            std::fflush(stdout);
        }
        if (polls[0].revents) {
            send_output(board);
            receive_input(board);
        }
        if (polls[1].revents) {
            if (!connected())
                welcome(board);
            else if (!leaving())
                send_away();
        }
        return !stop;
    }

   private:
    void welcome(Board& board) {
        client_ = accept4(server_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        const int on = 1;
        if (client_ < 0) return;
        setsockopt(client_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        board.output = LLS_GREETING;
    }

    // Whether the host has closed its side; then the next one only has to wait a moment.
    bool leaving() const {
        pollfd look{client_, POLLRDHUP, 0};
        return poll(&look, 1, 0) > 0;
    }

    void send_away() {
        const int other = accept4(server_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (other < 0) return;
        send(other, LLS_OCCUPIED, std::strlen(LLS_OCCUPIED), MSG_NOSIGNAL);
        close(other);
    }

    void leave(Board& board) {
        close(client_);
        client_ = -1;
        board.output.clear();
    }

    void send_output(Board& board) {
        if (board.output.empty()) return;
        const ssize_t sent =
            send(client_, board.output.data(), board.output.size(), MSG_NOSIGNAL);
        if (sent > 0) board.output.erase(0, static_cast<size_t>(sent));
        if (sent < 0 && errno != EAGAIN && errno != EINTR) leave(board);
    }

    void receive_input(Board& board) {
        if (!connected() || board.position < board.input.size()) return;
        board.input.resize(kBacklog);
        const ssize_t received = recv(client_, board.input.data(), board.input.size(), 0);
        board.input.resize(received > 0 ? static_cast<size_t>(received) : 0);
        board.position = 0;
        if (received == 0 || (received < 0 && errno != EAGAIN && errno != EINTR)) leave(board);
    }

    int server_;
    int client_ = -1;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "usage: %s PORT [--with-parent] [--line CYCLES BYTES]\n", argv[0]);
        return 2;
    }
    const bool parent = argc > 2 && !std::strcmp(argv[2], "--with-parent");
    const int line = parent ? 3 : 2;  // place of --line
    struct sigaction action {};
    action.sa_handler = on_signal;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);

    static Board board;
    if (argc > line + 2) {
        board.in.byte = board.out.byte = std::strtoull(argv[line + 1], nullptr, 10);
        board.in.scale = board.out.scale = std::strtoull(argv[line + 2], nullptr, 10);
        board.skips = parent;
    }
    Host host(listen_on(std::atoi(argv[1])));
    const char* report = std::getenv("LLS_HW_SIMULATOR_REPORT");
    std::chrono::duration<double> busy{};
    while (host.exchange(board, parent)) {
        const auto start = std::chrono::steady_clock::now();
        for (int k = 0; k < kSlice; ++k) board.step(host.connected());
        busy += std::chrono::steady_clock::now() - start;
    }
    if (report)
        std::fprintf(stderr, "%llu cycles, %.0f cycles/s\n",
                     static_cast<unsigned long long>(board.cycles), board.cycles / busy.count());
    return 0;
}
