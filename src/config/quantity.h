#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace syncline::config {

/// "5000", "1_000_000" or "1,000,000". kInvalid when it is no whole number.
Result<uint64_t> parse_count(std::string_view text);

/// "64MiB", "15 MiB", "1GiB", "500kB", "1048576" (bytes). kInvalid otherwise.
Result<uint64_t> parse_bytes(std::string_view text);

/// "200ms", "60s", "5m", "1h", "7d" or "0", as milliseconds. kInvalid otherwise: a number without
/// unit is ambiguous.
Result<uint64_t> parse_duration_ms(std::string_view text);

/// The shortest of these forms that is exact: 65536 as "64KiB", 90000 as "90s".
std::string bytes_text(uint64_t bytes);
std::string duration_text(uint64_t milliseconds);

}  // namespace syncline::config
