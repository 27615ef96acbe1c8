#pragma once

#include <span>
#include <vector>

#include "config/options.h"
#include "document/plan.h"
#include "verify/sessions.h"
#include "verify/verdict.h"

namespace syncline::verify {

/// What one look found of one key in one target.
struct Sighting {
  document::DocumentKey key;
  Verdict verdict = Verdict::kLag;
  bool is_dirty = false;
  bool is_row = false;  ///< known from a row of the source, not from a record of the target
  document::Revision view;
  ports::StoredRecord stored;
  BootTime seen_at{};
};

/// What an earlier look found of the same key; null: nothing.
using Recall = std::function<const Sighting*(const document::DocumentKey&)>;

/// Looks at some keys of one document type in one target, in the order that the proof needs: view,
/// target, newest number; and judges each. `load` was read before. Sightings parallel to `keys`,
/// which are unique. Errors as the ports'; kTransient: MySQL or this target is away.
Result<std::vector<Sighting>> look(Sessions& sessions, const config::Options& options,
                                   const document::DocumentPlan& plan, const ports::Load& load,
                                   std::span<const document::DocumentKey> keys,
                                   const Recall& recall);

}  // namespace syncline::verify
