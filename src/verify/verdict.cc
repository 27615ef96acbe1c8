#include "verify/verdict.h"

#include <algorithm>

namespace syncline::verify {

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::kGood:
      return "good";
    case Verdict::kNotLoaded:
      return "not loaded";
    case Verdict::kOwed:
      return "owed";
    case Verdict::kExpired:
      return "expired";
    case Verdict::kLag:
      return "lag";
    case Verdict::kMissing:
      return "missing";
    case Verdict::kExtra:
      return "extra";
    case Verdict::kStale:
      return "stale";
    case Verdict::kCorrupt:
      return "corrupt";
    case Verdict::kFuture:
      return "future";
  }
  return "";
}

bool is_fault(Verdict verdict) { return verdict >= Verdict::kMissing; }

bool is_unverified(Verdict verdict) { return verdict != Verdict::kGood && !is_fault(verdict); }

Verdict judge(const Evidence& evidence) {
  const ports::StoredRecord& stored = *evidence.stored;
  const bool has_record = stored.is_present && !stored.is_foreign;
  const document::Revision reached = std::max(stored.revision, stored.tombstone);

  if (reached > evidence.newest) return Verdict::kFuture;

  const bool is_taken_back = has_record && stored.revision < stored.tombstone;
  // Who put the record there takes it back, and when he is dead the engine's tending does. A key
  // that is dirty or owed is still being worked on, however long that takes.
  if (is_taken_back && (!evidence.is_unchanged_after_fence || evidence.is_dirty)) {
    return Verdict::kLag;
  }
  if (!is_taken_back) {
    if (evidence.is_in_source && has_record && evidence.is_content_equal) return Verdict::kGood;
    if (!evidence.is_in_source && !has_record) return Verdict::kGood;
  }
  if (!evidence.is_loaded && (!has_record || reached <= evidence.view)) return Verdict::kNotLoaded;
  if (evidence.is_owed) return Verdict::kOwed;
  if (evidence.is_in_source && !has_record && evidence.may_expire) return Verdict::kExpired;
  if (evidence.is_dirty || reached > evidence.view) return Verdict::kLag;

  // The key was clean and its load finished at view r, so the target has acknowledged all that
  // happened to it before r; and what the target held, read afterwards, says it is not newer than
  // r. Nothing is left that would explain a difference.
  if (!evidence.is_in_source) return Verdict::kExtra;
  if (!has_record) return Verdict::kMissing;
  return is_taken_back || stored.revision < evidence.due ? Verdict::kStale : Verdict::kCorrupt;
}

}  // namespace syncline::verify
