#include "generate/crew.h"

#include <algorithm>
#include <mutex>
#include <thread>
#include <vector>

namespace syncline::generate {

using std::chrono::milliseconds;

Result<void> Crew::run(unsigned connections, const std::function<Result<void>(unsigned)>& work) {
  std::mutex mutex;  // guards first
  std::optional<Error> first;
  {
    std::vector<std::jthread> threads;
    for (unsigned i = 0; i < connections; ++i) {
      threads.emplace_back([&, i] {
        const Result<void> result = work(i);
        if (result.ok()) return;
        stop_.request_stop();
        const std::lock_guard lock(mutex);
        if (!first) first = result.error();
      });
    }
  }
  return first ? Result<void>(*first) : Result<void>();
}

Result<std::optional<mysql::Connection>> Crew::connect(const mysql::SessionOptions& options,
                                                       const std::function<void()>& on_failure) {
  milliseconds pause(50);
  while (!stop_.stop_requested() && !pace_.is_over()) {
    auto session = mysql::Connection::open(options);
    if (session.ok()) return std::optional(std::move(*session));
    if (!session.error().is_transient()) return session.error();
    on_failure();
    sleep(pause);
    pause = std::min(pause * 2, milliseconds(1000));
  }
  return std::optional<mysql::Connection>();
}

}  // namespace syncline::generate
