#include "base/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>

namespace syncline {
namespace {

std::atomic<void (*)()> before_log = nullptr;

spdlog::logger& logger() {
  static const auto instance = [] {
    auto created = spdlog::stderr_color_mt("syncline");
    created->set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%-5!l%$ %v");
    return created;
  }();
  return *instance;
}

spdlog::level::level_enum level_of(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarn:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

}  // namespace

void set_log_level(LogLevel level) { logger().set_level(level_of(level)); }

void set_before_log(void (*hook)()) { before_log = hook; }

void log(LogLevel level, std::string_view text) {
  if (!logger().should_log(level_of(level))) return;
  if (auto* hook = before_log.load()) hook();
  logger().log(level_of(level), "{}", text);
}

}  // namespace syncline
