#pragma once

#include <string_view>

#include "ports/source.h"
#include "ports/target.h"

namespace syncline::verify {

/// What is true of one key in one target (docs/verification.md).
enum class Verdict {
  kGood,       ///< equal content, or absent in both
  kNotLoaded,  ///< the load has not come to it: unverified
  kOwed,       ///< the target could not take it: unverified
  kExpired,    ///< absent under a TTL or an evicting maxmemory: unverified
  kLag,        ///< dirty, moved on, or being taken back: look again
  kMissing,    ///< fault: a row without record
  kExtra,      ///< fault: a record without row
  kStale,      ///< fault: the record differs from its row and is older than it should be
  kCorrupt,    ///< fault: the record differs though its revision says it has seen this row
  kFuture,     ///< fault: a revision that was never handed out
};

std::string_view to_string(Verdict verdict);
bool is_fault(Verdict verdict);
/// Neither good nor a fault: nothing was proven.
bool is_unverified(Verdict verdict);

/// Everything that a verdict rests on, in the order in which it was learned: loads, view, target,
/// loads again, newest number. The order is part of the proof.
struct Evidence {
  bool is_loaded = true;    ///< the load of this type into this target was finished before view r,
                            ///< and no other had begun when the target had been read
  document::Revision view;  ///< r
  bool is_in_source = false;
  bool is_content_equal = false;  ///< meaningful when both are present
  bool is_dirty = false;          ///< a log row in view r leads to it, or may
  bool is_owed = false;           ///< in view r
  bool may_expire = false;
  const ports::StoredRecord* stored = nullptr;
  document::Revision newest;  ///< N, read after the target
  /// The record should be at least this new: the load's floor, or what another target holds. Only
  /// tells stale from corrupt.
  document::Revision due;
  bool is_unchanged_after_fence =
      false;  ///< seen in exactly this state before, longer than the age fence ago
};

/// The table of docs/verification.md, first line that fits. Pure.
Verdict judge(const Evidence& evidence);

}  // namespace syncline::verify
