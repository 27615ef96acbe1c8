#include "generate/pace.h"

namespace syncline::generate {

Pace::Pace(Clock& clock, double rate, std::chrono::nanoseconds length)
    : clock_(clock), rate_(rate), start_(clock.boot_now()), end_(start_ + length) {}

std::optional<uint64_t> Pace::next(std::stop_token stop) {
  const uint64_t number = next_++;
  if (rate_ > 0) {
    const std::chrono::duration<double> since(static_cast<double>(number) / rate_);
    const BootTime due = start_ + std::chrono::duration_cast<std::chrono::nanoseconds>(since);
    if (due >= end_) return std::nullopt;
    const auto wait = due - clock_.boot_now();
    if (wait > wait.zero() && !clock_.sleep(wait, stop)) return std::nullopt;
  }
  if (stop.stop_requested() || is_over()) return std::nullopt;
  return number;
}

}  // namespace syncline::generate
