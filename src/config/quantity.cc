#include "config/quantity.h"

#include <charconv>
#include <span>
#include <vector>

#include "base/text.h"

namespace syncline::config {

namespace {

struct Unit {
  std::string_view name;
  uint64_t factor;
};

// From the largest to the smallest: texts take the first that divides.
constexpr Unit kBytes[] = {
    {"GiB", 1u << 30}, {"MiB", 1u << 20}, {"KiB", 1u << 10}, {"GB", 1'000'000'000},
    {"MB", 1'000'000}, {"kB", 1'000},     {"B", 1}};
constexpr Unit kDurations[] = {
    {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}, {"ms", 1}};

std::string names_of(std::span<const Unit> units) {
  std::vector<std::string> names;
  for (const Unit& unit : units) names.emplace_back(unit.name);
  return join(names, ", ");
}

/// A number with one of the units; a bare number counts as `bare` (0: only 0 is allowed bare).
Result<uint64_t> parse(std::string_view text, std::span<const Unit> units, uint64_t bare,
                       const std::string& example) {
  const auto refuse = [&](const std::string& why) {
    return invalid("\"" + std::string(text) + "\" " + why, "write for example " + example);
  };
  std::string digits;
  size_t at = 0;
  for (; at < text.size() &&
         ((text[at] >= '0' && text[at] <= '9') || text[at] == '_' || text[at] == ',');
       ++at) {
    if (text[at] >= '0' && text[at] <= '9') digits += text[at];
  }
  uint64_t number = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (digits.empty()) return refuse("is no whole number");
  if (parsed.ec != std::errc()) return refuse("is too large");
  std::string_view unit = text.substr(at);
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  uint64_t factor = bare;
  if (unit.empty()) {
    if (bare == 0 && number != 0) return refuse("has no unit");
  } else {
    factor = 0;
    for (const Unit& known : units) {
      if (known.name == unit) factor = known.factor;
    }
    if (factor == 0)
      return refuse(units.empty() ? "is no whole number"
                                  : "has an unknown unit; known are " + names_of(units));
  }
  uint64_t product = 0;
  if (__builtin_mul_overflow(number, factor, &product)) return refuse("is too large");
  return product;
}

std::string text_of(uint64_t number, std::span<const Unit> units) {
  for (const Unit& unit : units) {
    if (number >= unit.factor && number % unit.factor == 0)
      return std::to_string(number / unit.factor) + std::string(unit.name);
  }
  return "0" + std::string(units.back().name);
}

}  // namespace

Result<uint64_t> parse_count(std::string_view text) { return parse(text, {}, 1, "5000"); }

Result<uint64_t> parse_bytes(std::string_view text) { return parse(text, kBytes, 1, "64MiB"); }

Result<uint64_t> parse_duration_ms(std::string_view text) {
  return parse(text, kDurations, 0, "200ms, 60s or 1h");
}

std::string bytes_text(uint64_t bytes) { return text_of(bytes, kBytes); }

std::string duration_text(uint64_t milliseconds) {
  return milliseconds == 0 ? "0s" : text_of(milliseconds, kDurations);
}

}  // namespace syncline::config
