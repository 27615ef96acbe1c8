#pragma once

#include <functional>
#include <optional>
#include <stop_token>

#include "base/clock.h"
#include "base/result.h"
#include "generate/pace.h"
#include "mysql/connection.h"

namespace syncline::generate {

/// Connections that make transactions at a pace, each on a thread of its own. Safe for concurrent
/// use.
class Crew {
 public:
  /// `rate` and `length` as of Pace: time starts to run now.
  Crew(Clock& clock, double rate, std::chrono::nanoseconds length, std::stop_token stop)
      : clock_(clock),
        pace_(clock, rate, length),
        passed_on_(std::move(stop), [this] { stop_.request_stop(); }) {}

  /// Runs `work` with each number below `connections`, and waits for all; the first error ends all.
  Result<void> run(unsigned connections, const std::function<Result<void>(unsigned)>& work);

  /// Tries until the server answers; `on_failure` after each transient error. Nothing when the time
  /// is over or a stop is requested.
  Result<std::optional<mysql::Connection>> connect(const mysql::SessionOptions& options,
                                                   const std::function<void()>& on_failure);

  /// The number of the next transaction; see Pace::next().
  std::optional<uint64_t> next() { return pace_.next(stop_.get_token()); }

  /// False when it was cut short.
  bool sleep(std::chrono::nanoseconds time) { return clock_.sleep(time, stop_.get_token()); }

 private:
  Clock& clock_;
  Pace pace_;
  std::stop_source stop_;
  std::stop_callback<std::function<void()>> passed_on_;
};

}  // namespace syncline::generate
