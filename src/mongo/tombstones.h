#pragma once

#include <mongoc/mongoc.h>

#include <chrono>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "document/ids.h"
#include "document/plan.h"
#include "mongo/statements.h"
#include "mongo/store.h"
#include "mongo/write_command.h"

namespace syncline::mongo {

using document::DocumentKey;
using document::DocumentPlan;
using document::Revision;

/// What is newer than a revision.
struct Newer {
  bool is_floor = false;  ///< the floor: every key is covered
  std::unordered_set<DocumentKey> keys;

  bool covers(const DocumentKey& key) const { return is_floor || keys.contains(key); }
};

/// Tombstones and floors, in the collection `syncline_tombstones`:
///   {_id: {d: DOCUMENT, k: _ID}, d: DOCUMENT, _revision, at: DATE}   a key was absent at _revision
///   {_id: {d: DOCUMENT}, d: DOCUMENT, _revision}                     the floor: so was every key
/// They expire by tend(), not by a TTL index: what a dead writer left is removed first. Machines
/// that write to one store need clocks that agree within a quarter of the tombstones' age.
class Tombstones {
 public:
  Tombstones(Store& store, const Clock& clock, std::chrono::seconds age_max)
      : store_(store), clock_(clock), age_max_(age_max) {}

  /// Creates the collection and its indexes, if need be.
  Result<void> prepare();

  /// Which of the keys have a tombstone or floor above `revision`. One cheap question when none of
  /// the type has.
  Result<Newer> newer(const DocumentPlan& plan, Revision revision,
                      std::span<const DocumentKey> keys);

  /// The keys' own tombstones.
  Result<std::unordered_map<DocumentKey, Revision>> read(const DocumentPlan& plan,
                                                         std::span<const DocumentKey> keys);

  /// Leaves a tombstone for each key, or raises the one that is there.
  Result<void> raise(const DocumentPlan& plan, Revision revision, std::span<const DocumentKey> keys,
                     const WriteCommand::Permission& permission);
  Result<void> raise_floor(const DocumentPlan& plan, Revision floor);

  /// Removes a tombstone if it carries exactly this revision. True when it did.
  Result<bool> remove_exactly(const DocumentPlan& plan, const DocumentKey& key, Revision revision);

  /// Removes records that are older than their old tombstones, then these tombstones; with
  /// `everything` also the records below the young ones.
  Result<void> tend(const DocumentPlan& plan, bool everything);

  /// Removes all of a type, the floor too.
  Result<void> purge(const DocumentPlan& plan);

 private:
  using Page = std::vector<std::string>;  ///< tombstones as the store has them, in BSON

  /// `keys`: null is the floor.
  Result<void> raise_all(const DocumentPlan& plan, Revision revision,
                         std::vector<const DocumentKey*> keys,
                         const WriteCommand::Permission& permission);
  Result<Page> page(const bson_t& filter, bool is_sorted_by_id);
  Result<void> mend(const DocumentPlan& plan, const Page& tombstones);
  Result<bool> has_records_below(const DocumentPlan& plan, const Page& tombstones);
  Result<void> remove(const Page& tombstones);
  Result<void> delete_by(const Page& tombstones, const std::string& collection, const char* id_path,
                         Guard::Relation relation);
  Result<void> expire(const DocumentPlan& plan);
  Result<void> mend_young(const DocumentPlan& plan);

  Store& store_;
  const Clock& clock_;
  const std::chrono::seconds age_max_;
};

}  // namespace syncline::mongo
