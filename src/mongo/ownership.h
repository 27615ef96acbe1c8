#pragma once

#include <optional>
#include <utility>

#include "base/result.h"
#include "document/ids.h"
#include "document/plan.h"
#include "mongo/store.h"
#include "ports/target.h"

namespace syncline::mongo {

/// Whose a collection is, in `syncline_state`: {_id: DOCUMENT, pipeline, server, epoch, revision,
/// writes}. The revision is the highest that was written, `writes` how often a write was
/// acknowledged; both only rise.
class Ownership {
 public:
  struct Standing {
    document::Revision revision;
    uint64_t writes = 0;
  };

  Ownership(Store& store, ports::Identity identity)
      : store_(store), identity_(std::move(identity)) {}

  /// Makes sure that the collection is ours and returns what the state record says. A collection
  /// of somebody else, or one with documents and without a state record: kConflict, or, with
  /// `adopt`, taken over: its unmarked documents become ours at revision 0.
  Result<Standing> claim(const document::DocumentPlan& plan, bool adopt);

  /// What the state record says now; nothing when it is gone. kConflict: somebody else's. Makes
  /// nothing.
  Result<Standing> standing(const document::DocumentPlan& plan);

  /// Raises the revision before a write. kConflict: somebody else's by now. kTransient: the record
  /// is gone, or counts fewer writes than `writes_before`, so the store forgot; claim() again.
  Result<void> raise(const document::DocumentPlan& plan, document::Revision revision,
                     uint64_t writes_before = 0);

  /// Counts a write that is done. Returns how many there are now. Errors as raise().
  Result<uint64_t> count_write(const document::DocumentPlan& plan);

  Result<void> raise_writes(const document::DocumentPlan& plan, uint64_t at_least);

  /// Gives the collection up.
  Result<void> forget(const document::DocumentPlan& plan);

 private:
  struct StateRecord {
    ports::Identity owner;
    Standing standing;
  };

  Result<std::optional<StateRecord>> read(const document::DocumentPlan& plan);
  Result<bool> has_documents(const document::DocumentPlan& plan);
  Result<void> mark_documents(const document::DocumentPlan& plan);
  Result<void> put(const document::DocumentPlan& plan, const char* operation);
  Result<void> raise_field(const document::DocumentPlan& plan, const char* field, uint64_t value,
                           uint64_t writes_before);
  /// The state record of this document type, if it is ours.
  void append_ours(const document::DocumentPlan& plan, bson_t* query) const;
  /// Why an update of the state record found none of ours.
  Error why_not_ours(const document::DocumentPlan& plan);
  Error state_is_gone(const document::DocumentPlan& plan) const;
  Error belongs_to_another(const document::DocumentPlan& plan, const ports::Identity& owner) const;

  Store& store_;
  const ports::Identity identity_;
};

}  // namespace syncline::mongo
