#pragma once

#include <optional>
#include <utility>

#include "base/result.h"
#include "document/ids.h"
#include "document/plan.h"
#include "mongo/store.h"
#include "ports/target.h"

namespace syncline::mongo {

/// Whose a collection is, in `syncline_state`: {_id: DOCUMENT, pipeline, server, epoch, revision}.
/// The revision is the highest that was written, and only rises.
class Ownership {
 public:
  Ownership(Store& store, ports::Identity identity)
      : store_(store), identity_(std::move(identity)) {}

  /// Makes sure that the collection is ours and returns the state record's revision. A collection
  /// of somebody else, or one with documents and without a state record: kConflict, or, with
  /// `adopt`, taken over: its unmarked documents become ours at revision 0.
  Result<document::Revision> claim(const document::DocumentPlan& plan, bool adopt);

  /// Raises the revision before a write. kConflict: somebody else's by now. kTransient: the record
  /// is gone, so the store forgot; claim() again.
  Result<void> raise(const document::DocumentPlan& plan, document::Revision revision);

  /// Gives the collection up.
  Result<void> forget(const document::DocumentPlan& plan);

 private:
  struct StateRecord {
    ports::Identity owner;
    document::Revision revision;
  };

  Result<std::optional<StateRecord>> read(const document::DocumentPlan& plan);
  Result<bool> has_documents(const document::DocumentPlan& plan);
  Result<void> mark_documents(const document::DocumentPlan& plan);
  Result<void> put(const document::DocumentPlan& plan, const char* operation);
  Error state_is_gone(const document::DocumentPlan& plan) const;
  Error belongs_to_another(const document::DocumentPlan& plan, const ports::Identity& owner) const;

  Store& store_;
  const ports::Identity identity_;
};

}  // namespace syncline::mongo
