// What the SDRAM's model is told: limits of the chip, its clock, faults to imitate.

#pragma once

#include <cstdint>
#include <limits>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <utility>

namespace lls {

struct SdramError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Numbers by name, from "name=value,name=value". A value may be "a:b".
class Settings {
   public:
    static constexpr int64_t kMost = std::numeric_limits<int>::max();
    static constexpr int64_t kLine = 31;  // the last that a fault can name

    explicit Settings(const std::string& text) {
        std::stringstream stream(text);
        for (std::string item; std::getline(stream, item, ',');) {
            const size_t equals = item.find('=');
            values_[item.substr(0, equals)] =
                equals == std::string::npos ? "1" : item.substr(equals + 1);
        }
    }

    bool has(const std::string& name) const { return values_.count(name); }

    // Takes a number; fails if it is missing.
    int64_t take(const std::string& name) { return number(name, text(name)); }
    int64_t take(const std::string& name, int64_t otherwise) {
        return has(name) ? take(name) : otherwise;
    }

    // Takes two numbers, "a:b", each from 0 on and at most as large as it may be.
    std::pair<int, int> pair(const std::string& name, int64_t first = kMost, int64_t second = kMost) {
        const std::string value = text(name);
        const size_t colon = value.find(':');
        if (colon == std::string::npos)
            throw SdramError(name + "=" + value + " needs two numbers, such as 3:1.");
        const int64_t a = number(name, value.substr(0, colon));
        const int64_t b = number(name, value.substr(colon + 1));
        if (a < 0 || a > first || b < 0 || b > second)
            throw SdramError(name + "=" + value + " is out of range; the numbers may be 0.." +
                             std::to_string(first) + " and 0.." + std::to_string(second) + ".");
        return {int(a), int(b)};
    }

    // Fails if a name was never taken.
    void end() const {
        if (!values_.empty()) throw SdramError("The SDRAM has no setting " + values_.begin()->first + ".");
    }

   private:
    std::string text(const std::string& name) {
        const auto found = values_.find(name);
        if (found == values_.end()) throw SdramError("The SDRAM needs the setting " + name + ".");
        const std::string value = found->second;
        values_.erase(found);
        return value;
    }

    static int64_t number(const std::string& name, const std::string& value) {
        size_t used = 0;
        int64_t result = 0;
        try {
            result = std::stoll(value, &used);
        } catch (const std::logic_error&) {
        }
        if (!used || used != value.size())
            throw SdramError(name + "=" + value + " is not a whole number.");
        return result;
    }

    std::map<std::string, std::string> values_;
};

// What a chip is, and at which clock. Times in ps, t_mrd and cas_latency in clocks.
struct SdramChip {
    int rows, columns, banks, width;
    int refreshes;
    int64_t refresh_window;
    int64_t t_rcd, t_rp, t_rc, t_ras, t_ras_most, t_wr, t_rfc, t_rrd;
    int64_t t_ac, t_oh, t_hz, t_is, t_ih, power_up;
    int t_mrd, cas_latency, power_up_refreshes;
    int64_t round_trip_least, round_trip_most;  // of the FPGA's pads
    int64_t frequency;                          // Hz
    int64_t phase;                              // of the chip's clock, in millidegrees

    explicit SdramChip(const std::string& text) {
        Settings s(text);
        rows = s.take("rows"), columns = s.take("columns");
        banks = s.take("banks"), width = s.take("width");
        refreshes = s.take("refreshes"), refresh_window = s.take("refresh_window");
        t_rcd = s.take("t_rcd"), t_rp = s.take("t_rp"), t_rc = s.take("t_rc");
        t_ras = s.take("t_ras"), t_ras_most = s.take("t_ras_most"), t_wr = s.take("t_wr");
        t_rfc = s.take("t_rfc"), t_rrd = s.take("t_rrd");
        t_ac = s.take("t_ac"), t_oh = s.take("t_oh"), t_hz = s.take("t_hz");
        t_is = s.take("t_is"), t_ih = s.take("t_ih"), power_up = s.take("power_up");
        t_mrd = s.take("t_mrd"), cas_latency = s.take("cas_latency");
        power_up_refreshes = s.take("power_up_refreshes");
        round_trip_least = s.take("round_trip_least"), round_trip_most = s.take("round_trip_most");
        frequency = s.take("frequency"), phase = s.take("phase");
        s.end();
    }
};

// What a broken board or another chip does. Lines are numbered from 0.
//   absent               no chip: the bus keeps what was last driven
//   rows, columns, banks=N   only N of them: higher address lines are not decoded
//   data_stuck=L:V       data line L is always V
//   data_swapped=A:B     two data lines
//   address_stuck=L:V    address line L is always V, in row and column alike
//   address_swapped=A:B  two address lines
//   phase=D              the chip's clock really has D millidegrees
//   cell_stuck=A:L       data line L of the word at address A is always 0
//   leaky=R:T            row R of each bank forgets its words T microseconds after it was closed last
// Commands and modes are not affected: the chip works, but on other words or with other data. Two
// swapped lines only name bits otherwise, on the way in as on the way out: that no memory test can
// see, unless one of the two is an address line that columns do not have.
struct SdramFaults {
    bool absent = false;
    int rows = 0, columns = 0, banks = 0;
    uint32_t data_clear = 0, data_set = 0, address_clear = 0, address_set = 0;
    std::pair<int, int> data_swapped{0, 0}, address_swapped{0, 0};
    std::pair<int, int> cell_stuck{-1, 0}, leaky{-1, 0};
    int64_t phase = -1;

    SdramFaults() = default;
    SdramFaults(const std::string& text, const SdramChip& chip) {
        Settings s(text);
        const int64_t line = Settings::kLine;
        absent = s.take("absent", 0);
        rows = few(s, "rows", chip.rows), columns = few(s, "columns", chip.columns);
        banks = few(s, "banks", chip.banks);
        if (s.has("data_stuck")) stick(s.pair("data_stuck", line, 1), data_clear, data_set);
        if (s.has("address_stuck")) stick(s.pair("address_stuck", line, 1), address_clear, address_set);
        if (s.has("data_swapped")) data_swapped = s.pair("data_swapped", line, line);
        if (s.has("address_swapped")) address_swapped = s.pair("address_swapped", line, line);
        if (s.has("cell_stuck")) cell_stuck = s.pair("cell_stuck", Settings::kMost, line);
        if (s.has("leaky")) leaky = s.pair("leaky");
        phase = s.take("phase", -1);
        s.end();
    }

    uint32_t data(uint32_t value) const {
        return swap(value, data_swapped) & ~data_clear & ~data_set | data_set;
    }
    uint32_t address(uint32_t value) const {
        return swap(value, address_swapped) & ~address_clear & ~address_set | address_set;
    }

   private:
    // As many as lines that are decoded can name; 0 stands for all.
    static int few(Settings& s, const std::string& name, int all) {
        if (!s.has(name)) return 0;
        const int64_t number = s.take(name);
        if (number < 1 || number > all || (number & (number - 1)))
            throw SdramError(name + "=" + std::to_string(number) + " is no power of two in 1.." +
                             std::to_string(all) + ", as many as the chip has.");
        return int(number);
    }
    static void stick(std::pair<int, int> line, uint32_t& clear, uint32_t& set) {
        (line.second ? set : clear) |= 1u << line.first;
    }
    static uint32_t swap(uint32_t value, std::pair<int, int> lines) {
        const uint32_t different = (value >> lines.first ^ value >> lines.second) & 1;
        return value ^ (different << lines.first | different << lines.second);
    }
};

}  // namespace lls
