#include "refresh/settlement.h"

#include <algorithm>

namespace syncline::refresh {
namespace {

using ports::OwedReason;
using ports::Settlement;

void owe_all(const Part& part, Revision revision, const TargetOutcome& outcome,
             Settlement& settlement) {
  for (const auto& image : part.images) {
    settlement.owed.push_back({.target = outcome.target,
                               .document = part.plan->name,
                               .key = image.key,
                               .reason = OwedReason::kAway,
                               .detail = outcome.error->message(),
                               .revision = revision});
  }
}

void owe_refused(const Part& part, Revision revision, const TargetName& target,
                 const ports::WriteOutcome& outcome, Settlement& settlement) {
  for (const auto& refused : outcome.refused) {
    settlement.owed.push_back({.target = target,
                               .document = part.plan->name,
                               .key = part.images[refused.index].key,
                               .reason = refused.reason,
                               .detail = refused.detail,
                               .revision = revision});
  }
}

/// Refused keys stay owed: everything else the target holds at this revision or a newer one.
void pay(const Part& part, Revision revision, const TargetName& target,
         const ports::WriteOutcome& outcome, Settlement& settlement) {
  std::vector<bool> is_refused(part.images.size());
  for (const auto& refused : outcome.refused) is_refused[refused.index] = true;
  ports::PaidKeys paid{.target = target, .document = part.plan->name, .revision = revision};
  for (size_t i = 0; i < part.images.size(); ++i) {
    if (!is_refused[i]) paid.keys.push_back(part.images[i].key);
  }
  if (!paid.keys.empty()) settlement.paid.push_back(std::move(paid));
}

}  // namespace

Result<Settlement> settlement_of(
    const Batch& batch, std::span<const TargetOutcome> outcomes, bool is_anything_owed,
    const std::function<bool(const DocumentName&, const TargetName&)>& may_drop,
    Counters& counters) {
  // An error that forbids settling comes first: nothing may be counted or owed then.
  for (const auto& outcome : outcomes) {
    if (outcome.error && !outcome.error->is_transient()) return *outcome.error;
  }
  Settlement settlement;
  for (size_t p = 0; p < batch.parts.size(); ++p) {
    const Part& part = batch.parts[p];
    counters.read += part.images.size();
    for (const auto& outcome : outcomes) {
      if (outcome.error) {
        if (!may_drop(part.plan->name, outcome.target)) {
          owe_all(part, batch.revision, outcome, settlement);
        }
        continue;
      }
      const auto& written = outcome.parts[p];
      if (written.writes > 0) {
        settlement.written.push_back({outcome.target, part.plan->name, written.writes});
      }
      counters.written += written.written;
      counters.older += written.older;
      counters.removed += written.removed;
      owe_refused(part, batch.revision, outcome.target, written, settlement);
      if (is_anything_owed) pay(part, batch.revision, outcome.target, written, settlement);
    }
  }
  counters.owed += settlement.owed.size();
  return settlement;
}

}  // namespace syncline::refresh
