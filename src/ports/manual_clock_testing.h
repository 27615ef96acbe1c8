#pragma once

#include <mutex>
#include <thread>

#include "base/clock.h"

namespace syncline::ports {

/// A clock that moves only when it is told to: sleep() moves it by the whole duration and returns
/// almost at once. Safe for concurrent use.
class ManualClock final : public Clock {
 public:
  BootTime boot_now() const override {
    const std::lock_guard lock(mutex_);
    return BootTime(elapsed_);
  }
  WallTime wall_now() const override {
    const std::lock_guard lock(mutex_);
    return WallTime(std::chrono::seconds(1764000000)) +
           std::chrono::duration_cast<WallTime::duration>(elapsed_);
  }
  bool sleep(std::chrono::nanoseconds duration, std::stop_token stop) override {
    move(duration);
    // The threads that the sleeper waits for come to run, before much time seems to have passed.
    std::this_thread::sleep_for(std::chrono::microseconds(50));
    return !stop.stop_requested();
  }
  void move(std::chrono::nanoseconds duration) {
    const std::lock_guard lock(mutex_);
    elapsed_ += duration;
  }

 private:
  mutable std::mutex mutex_;
  std::chrono::nanoseconds elapsed_{std::chrono::hours(1)};
};

}  // namespace syncline::ports
