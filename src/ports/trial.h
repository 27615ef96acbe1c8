#pragma once

#include <string>
#include <string_view>

namespace syncline::ports {

/// The safety rules, one for each switch of the hostile test. In the released program none is
/// broken: `trial.cc` answers so, and knows nothing else. The test program `syncline_trial` links
/// other definitions of these functions first (tests/hostile/trial.cc).
enum class Rule {
  kNumberBeforeView,  ///< a view is numbered before it opens
  kViewLock,          ///< numbering and opening happen under one lock
  kRepeatableRead,    ///< a reader's session keeps its view
  kSettleSeenOnly,    ///< only log rows that the view contained are settled
  kSettleAfterWrite,  ///< and only after the write
  kSweep,             ///< what committed below the head is found
  kTombstone,         ///< a removed key leaves a tombstone
  kRevisionGuard,     ///< a record only moves to a higher revision
  kAgeFence,          ///< a batch past its age is refused
  kFloor,             ///< a load refuses whatever is older than it
  kLookAfterWrite,    ///< MongoDB: after a write, a look for newer tombstones
  kOldRowLogged,      ///< an update logs the old key and links
  kCascadeTriggers,   ///< parents log what their referential actions change
  kTargetAfterView,   ///< verification reads the target after the view
  kOneStreamer,       ///< only the holder of the lock streams: economy, not safety
};

/// Whether the code at this place is to do the wrong thing.
bool is_broken(Rule rule) noexcept;

/// Stands between two steps of a protocol: whatever happens here must do no harm.
void step() noexcept;

/// `text`, in which `right` is replaced by `wrong` if the rule is broken.
std::string unless_broken(Rule rule, std::string text, std::string_view right,
                          std::string_view wrong);

}  // namespace syncline::ports
