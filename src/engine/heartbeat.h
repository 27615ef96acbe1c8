#pragma once

#include <atomic>
#include <memory>
#include <stop_token>
#include <thread>

#include "base/clock.h"
#include "ports/state.h"

namespace syncline::engine {

/// The streaming lock while this engine holds it: keeps it alive from a thread of its own, gives it
/// back when destroyed. A process that was frozen finds it lost at the next beat.
class Heartbeat {
 public:
  /// `leadership` was taken. `stop`: of the whole engine.
  Heartbeat(std::unique_ptr<ports::Leadership> leadership, Clock& clock, std::stop_token stop);
  ~Heartbeat();

  /// Requests a stop when the lock is lost, or the engine's stop was requested.
  std::stop_token token() const { return ended_.get_token(); }
  bool is_lost() const { return is_lost_; }

 private:
  struct End {
    std::stop_source source;
    void operator()() { source.request_stop(); }
  };
  void beat(std::stop_token stop);

  const std::unique_ptr<ports::Leadership> leadership_;
  Clock& clock_;
  std::stop_source ended_;
  const std::stop_callback<End> forward_;
  std::atomic<bool> is_lost_ = false;
  std::jthread thread_;
};

}  // namespace syncline::engine
