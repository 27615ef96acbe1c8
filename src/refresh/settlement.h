#pragma once

#include <atomic>
#include <functional>
#include <span>
#include <vector>

#include "base/result.h"
#include "ports/change_log.h"
#include "refresh/batch.h"
#include "refresh/writer.h"

namespace syncline::refresh {

/// Counts of a pipeline since it began. Safe for concurrent use.
struct Counters {
  std::atomic<uint64_t> read{0};
  std::atomic<uint64_t> written{0};
  std::atomic<uint64_t> older{0};
  std::atomic<uint64_t> removed{0};
  std::atomic<uint64_t> owed{0};
};

/// Turns outcomes into what MySQL must note: keys a target could not take become owed; keys it took
/// clear what was owed up to this revision. `may_drop(document, target)`: true where a load that
/// has not begun will read the keys anyway: nothing is owed there. kTransient errors become owed
/// keys; any other error (kTooOld: read again; kConflict: a foreign store) is returned, and then
/// nothing may be settled.
Result<ports::Settlement> settlement_of(
    const Batch& batch, std::span<const TargetOutcome> outcomes, bool is_anything_owed,
    const std::function<bool(const DocumentName&, const TargetName&)>& may_drop,
    Counters& counters);

}  // namespace syncline::refresh
