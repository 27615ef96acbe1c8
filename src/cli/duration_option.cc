#include "cli/duration_option.h"

#include <charconv>
#include <optional>

namespace syncline::cli {
namespace {

std::optional<std::chrono::seconds> parse(const std::string& text) {
  uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number > 1'000'000) return std::nullopt;
  const std::string unit(end, text.data() + text.size());
  if (unit.empty() || unit == "s") return std::chrono::seconds(number);
  if (unit == "m") return std::chrono::minutes(number);
  if (unit == "h") return std::chrono::hours(number);
  return std::nullopt;
}

}  // namespace

CLI::Option* add_duration(CLI::App& command, const std::string& name, std::chrono::seconds& value,
                          const std::string& meaning) {
  const auto set = [&value, name](const std::string& text) {
    const auto parsed = parse(text);
    if (!parsed)
      throw CLI::ValidationError(name, "'" + text + "' is no duration: give 30s, 5m or 1h");
    value = *parsed;
  };
  return command.add_option_function<std::string>(name, set, meaning)
      ->type_name("DURATION")
      ->default_str(std::to_string(value.count()) + "s");
}

}  // namespace syncline::cli
