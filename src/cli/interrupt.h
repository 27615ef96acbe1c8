#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

namespace syncline::cli {

/// Turns SIGINT and SIGTERM into a stop request; a second one ends the process at once with exit
/// code 130. Made before any other thread: it blocks these signals for all of them, and SIGPIPE.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();

  std::stop_token token() const { return source_.get_token(); }
  /// The signal that came first; 0: none.
  int signal() const { return signal_; }

 private:
  std::stop_source source_;
  std::atomic<int> signal_{0};
  std::atomic<bool> is_over_{false};
  std::jthread thread_;
};

}  // namespace syncline::cli
