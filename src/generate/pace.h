#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <stop_token>

#include "base/clock.h"

namespace syncline::generate {

/// When each transaction begins: an open loop, so the times do not depend on how long the earlier
/// ones take, and what could not begin in time begins at once. Safe for concurrent use.
class Pace {
 public:
  /// `rate`: transactions a second; 0: no waiting. Time starts to run now.
  Pace(Clock& clock, double rate, std::chrono::nanoseconds length);

  /// Waits for the next one and gives its number, from 0 on. Nothing when the time is over or a
  /// stop is requested.
  std::optional<uint64_t> next(std::stop_token stop);

  bool is_over() const { return clock_.boot_now() >= end_; }

 private:
  Clock& clock_;
  const double rate_;
  const BootTime start_;
  const BootTime end_;
  std::atomic<uint64_t> next_ = 0;
};

}  // namespace syncline::generate
