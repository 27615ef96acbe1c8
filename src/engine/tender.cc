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
      const bool is_new = care.connection == nullptr;
      if (is_new) {
        auto connection = targets_.connect(name);  // notes by itself whose failure it is
        if (!connection.ok() && !connection.error().is_transient()) return connection.error();
        if (!connection.ok()) continue;
        care.connection = std::move(*connection);
      }
      const auto tended = tend(care, is_new);
      if (tended.ok()) continue;
      care.connection.reset();
      targets_.note_failure(name, tended.error());
      if (!tended.error().is_transient()) return tended;
    }
  } while (clock_.sleep(kPause, stop));
  return {};
}

Result<void> Tender::tend(Care& care, bool everything) {
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
