#include "engine/tender.h"

#include <algorithm>

namespace syncline::engine {
namespace {

constexpr std::chrono::seconds kPause{2};
constexpr std::chrono::nanoseconds kCountPauseMin = std::chrono::seconds(2);
/// Counting may be a scan of the store: it gets at most this part of the time.
constexpr int kCountShare = 20;

}  // namespace

Result<void> Tender::run(std::stop_token stop) {
  do {
    for (const auto& name : targets_.names()) {
      if (stop.stop_requested()) return {};
      if (!targets_.is_up(name)) continue;
      Care& care = cares_[name];
      const auto tended = tend(name, care);
      if (tended.ok()) continue;
      care.connection.reset();
      targets_.note_failure(name, tended.error());
      if (!tended.error().is_transient()) return tended;
    }
  } while (clock_.sleep(kPause, stop));
  return {};
}

Result<void> Tender::tend(const document::TargetName& name, Care& care) {
  // After a takeover or a restart of the store a writer may have died: everything is looked at.
  const bool everything = care.connection == nullptr;
  if (everything) care.connection = TRY(targets_.connect(name));
  if (!everything) TRY(targets_.check(*care.connection));
  TRY(care.connection->tend(plans_, everything));
  return clock_.boot_now() < care.next_count ? Result<void>() : count(*care.connection, care);
}

Result<void> Tender::count(ports::Target& target, Care& care) {
  const BootTime begun = clock_.boot_now();
  for (const auto& plan : plans_) {
    const uint64_t records = TRY(target.count(plan));
    const std::lock_guard lock(mutex_);
    records_[{plan.name, target.name()}] = records;
  }
  const BootTime now = clock_.boot_now();
  care.next_count = now + std::max(kCountPauseMin, kCountShare * (now - begun));
  return {};
}

uint64_t Tender::records(const document::DocumentName& document,
                         const document::TargetName& target) const {
  const std::lock_guard lock(mutex_);
  const auto found = records_.find({document, target});
  return found == records_.end() ? 0 : found->second;
}

}  // namespace syncline::engine
