#pragma once

#include <chrono>
#include <stop_token>

namespace syncline {

/// Time since the machine booted, sleep included (CLOCK_BOOTTIME): a frozen process and a suspended
/// machine both see it pass. Used for everything that measures age; never compared across machines.
struct BootClock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<BootClock>;
  static constexpr bool is_steady = true;
};
using BootTime = BootClock::time_point;
using WallTime = std::chrono::system_clock::time_point;

/// The time, injected so that tests decide it. Safe for concurrent use.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual BootTime boot_now() const = 0;
  virtual WallTime wall_now() const = 0;
  /// Waits for the duration or until a stop is requested. False when stopped.
  virtual bool sleep(std::chrono::nanoseconds duration, std::stop_token stop) = 0;
};

/// The machine's clock.
class SystemClock final : public Clock {
 public:
  BootTime boot_now() const override;
  WallTime wall_now() const override;
  bool sleep(std::chrono::nanoseconds duration, std::stop_token stop) override;
};

/// Seconds as a double, for rates and rendering.
inline double seconds(std::chrono::nanoseconds duration) {
  return std::chrono::duration<double>(duration).count();
}

}  // namespace syncline
