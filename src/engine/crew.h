#pragma once

#include <functional>
#include <list>
#include <mutex>
#include <optional>
#include <stop_token>
#include <thread>
#include <utility>

#include "base/result.h"

namespace syncline::engine {

/// Threads that end together: the first one to fail, or the stop of the owner, stops all. One
/// thread calls start() and join().
class Crew {
 public:
  explicit Crew(std::stop_token stop) : forward_(std::move(stop), Stop{all_}) {}

  /// `work` returns OK when it was stopped, or has nothing left to do.
  void start(std::function<Result<void>(std::stop_token)> work) {
    threads_.emplace_back([this, work = std::move(work)] {
      const auto result = work(all_.get_token());
      if (result.ok() || result.error().kind() == ErrorKind::kCancelled) return;
      const std::lock_guard lock(mutex_);
      if (!first_) first_ = result.error();
      all_.request_stop();
    });
  }

  /// Waits until every thread has ended. The first error.
  Result<void> join() {
    threads_.clear();
    return first_ ? Result<void>(*first_) : Result<void>();
  }

 private:
  struct Stop {
    std::stop_source source;
    void operator()() { source.request_stop(); }
  };

  std::stop_source all_;
  const std::stop_callback<Stop> forward_;
  std::mutex mutex_;
  std::optional<Error> first_;  // guarded by mutex_
  std::list<std::jthread> threads_;
};

}  // namespace syncline::engine
