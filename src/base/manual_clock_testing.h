#pragma once

#include <atomic>

#include "base/clock.h"

namespace syncline {

/// A clock that stands still until a test advances it. sleep() advances it too, and returns at
/// once. Safe for concurrent use.
class ManualClock final : public Clock {
 public:
  BootTime boot_now() const override { return BootTime(elapsed()); }
  WallTime wall_now() const override {
    using std::chrono::duration_cast;
    return WallTime(std::chrono::hours(24 * 365 * 54)) +
           duration_cast<WallTime::duration>(elapsed());
  }
  bool sleep(std::chrono::nanoseconds duration, std::stop_token stop) override {
    advance(duration);
    return !stop.stop_requested();
  }
  void advance(std::chrono::nanoseconds duration) { nanoseconds_ += duration.count(); }

 private:
  std::chrono::nanoseconds elapsed() const {
    return std::chrono::hours(1) + std::chrono::nanoseconds(nanoseconds_.load());
  }
  std::atomic<int64_t> nanoseconds_ = 0;
};

}  // namespace syncline
