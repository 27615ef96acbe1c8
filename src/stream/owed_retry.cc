#include "stream/owed_retry.h"

namespace syncline::stream {
namespace {

constexpr size_t kKeysAtOnce = 1000;
constexpr std::chrono::seconds kPause{1};

}  // namespace

OwedRetry::OwedRetry(ports::Database& database, const refresh::TargetSet& targets, Clock& clock)
    : log_(database.change_log()), targets_(targets), clock_(clock) {}

Result<bool> OwedRetry::step() {
  for (const auto& name : targets_.names()) {
    const auto health = targets_.health(name);
    if (!health.is_up) {
      returned_.erase(name);
      continue;
    }
    const auto [known, is_new] = up_since_.try_emplace(name, health.since);
    if (is_new || known->second != health.since) returned_.insert(name);
    known->second = health.since;
  }
  if (!returned_.empty()) {
    const auto name = *returned_.begin();
    if (TRY(log_->retry_owed(name, kKeysAtOnce)) < kKeysAtOnce) returned_.erase(name);
    return true;
  }
  if (clock_.boot_now() < next_) return false;
  next_ = clock_.boot_now() + kPause;
  return TRY(log_->retry_owed(std::nullopt, kKeysAtOnce)) > 0;
}

}  // namespace syncline::stream
