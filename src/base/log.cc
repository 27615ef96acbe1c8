#include "base/log.h"

#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

#include <atomic>

namespace syncline {
namespace {

std::atomic<void (*)()> before_log = nullptr;

/// Levels as words of our own, of one width: spdlog's "warning" would be cut off.
class LevelWord final : public spdlog::custom_flag_formatter {
 public:
  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    const std::string_view word = word_of(message.level);
    out.append(word.data(), word.data() + word.size());
  }
  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<LevelWord>();
  }

 private:
  static std::string_view word_of(spdlog::level::level_enum level) {
    switch (level) {
      case spdlog::level::debug:
        return "debug";
      case spdlog::level::warn:
        return "warn ";
      case spdlog::level::err:
        return "error";
      default:
        return "info ";
    }
  }
};

spdlog::logger& logger() {
  static const auto instance = [] {
    auto created = spdlog::stderr_color_mt("syncline");
    auto formatter = std::make_unique<spdlog::pattern_formatter>();
    formatter->add_flag<LevelWord>('*').set_pattern("%Y-%m-%dT%H:%M:%S.%e %^%*%$ %v");
    created->set_formatter(std::move(formatter));
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
