#pragma once

#include <functional>
#include <mutex>
#include <string_view>
#include <utility>

#include "base/result.h"

namespace syncline::ports {

/// Where a test does the worst thing at the worst moment. Every call to a memory port passes a
/// stage named after it, before it takes effect ("view.open", "log.settle", "state.claim_chunk",
/// "redis.write"), and calls that change something pass a second one afterwards ("log.settle done",
/// "redis.write done"): an error returned there is an acknowledgement that was lost. Safe for
/// concurrent use; hooks may use the memory ports themselves.
class Faults {
 public:
  using Hook = std::function<Result<void>(std::string_view stage)>;

  void set(Hook hook) {
    const std::lock_guard lock(mutex_);
    hook_ = std::move(hook);
  }
  Result<void> pass(std::string_view stage) const {
    Hook hook;
    {
      const std::lock_guard lock(mutex_);
      hook = hook_;
    }
    return hook ? hook(stage) : Result<void>();
  }

 private:
  mutable std::mutex mutex_;
  Hook hook_;
};

}  // namespace syncline::ports
