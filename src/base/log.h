#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace syncline {

enum class LogLevel { kDebug, kInfo, kWarn, kError };

/// Sets what is printed to stderr; kInfo until called.
void set_log_level(LogLevel level);

/// One line to stderr: time, level, text. Safe for concurrent use; secrets never reach it (see
/// Secret).
void log(LogLevel level, std::string_view text);

template <typename... Args>
void log_debug(fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::kDebug, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void log_info(fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::kInfo, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void log_warn(fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::kWarn, fmt::format(format, std::forward<Args>(args)...));
}

/// Called before each line, so that a progress bar can clear its own line first. Set once, at
/// start, by the CLI.
void set_before_log(void (*hook)());

}  // namespace syncline
