#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/digest.h"
#include "base/result.h"
#include "document/ids.h"
#include "document/plan.h"
#include "document/record.h"
#include "ports/change_log.h"

namespace syncline::ports {

/// Who writes: compared with the target's state record. Two pipelines never share a target's
/// collections or prefixes.
struct Identity {
  document::PipelineName pipeline;
  std::string server;  ///< identity of the MySQL server
  std::string epoch;   ///< made when the clock was created or adopted
};

/// What a target's state records say.
struct StateRecord {
  Revision revision;                        ///< the highest of the document types
  std::map<DocumentName, uint64_t> writes;  ///< the counter of each
};

/// Documents of one type, read in one view.
struct WriteBatch {
  const DocumentPlan& plan;
  Revision revision;
  BootTime taken_on;              ///< before the view was opened: the age fence counts from here
  std::span<const Image> images;  ///< unique keys
  uint64_t writes_before = 0;     ///< the counter was here already: below it the target forgot
};

/// A record that the target would not take.
struct RefusedImage {
  size_t index = 0;  ///< into WriteBatch::images
  OwedReason reason = OwedReason::kRefused;
  std::string detail;  ///< names the record, the cause and the cure
};

struct WriteOutcome {
  uint64_t written = 0;  ///< records now at this revision
  uint64_t removed = 0;  ///< keys now absent, with a tombstone
  uint64_t older =
      0;  ///< refused because the record, its tombstone or the floor is newer: counts as written
  std::vector<RefusedImage> refused;
  uint64_t writes = 0;  ///< what the counter was raised to after all of this; 0: an empty batch
};

/// A record as the target holds it.
struct StoredRecord {
  DocumentKey key;
  bool is_present = false;
  bool is_foreign = false;  ///< present, without a revision of ours
  Revision revision;        ///< 0 when absent or foreign
  Revision tombstone;       ///< 0 when there is none
  Digest content;           ///< of what was read; meaningful when present
};

/// A step of a walk over the target's own keys.
struct WalkPage {
  std::vector<DocumentKey> keys;     ///< records of ours
  std::vector<Revision> revisions;   ///< parallel to keys
  std::vector<std::string> foreign;  ///< records without a revision of ours, or whose key does not
                                     ///< fit: as the store shows them
  std::string cursor;                ///< opaque; empty: the walk is finished
};

/// A store that documents are kept in. One thread at a time; every call blocks on the store, up to
/// the configured timeout. kTransient: the store is away or busy, the batch may be repeated.
/// kConflict: another pipeline's store: stop.
class Target {
 public:
  virtual ~Target() = default;
  virtual const TargetName& name() const = 0;

  /// Checks the connection and the state record's owner, and prepares what these documents need
  /// (indexes, tombstones). Creates the state record in an empty target; refuses a non-empty
  /// collection or prefix without one (kConflict, cure: --adopt). Returns the state records.
  /// Repeating it is harmless.
  virtual Result<StateRecord> prepare(std::span<const DocumentPlan> plans, bool adopt) = 0;

  /// What the state records say now, on a connection that is prepared; one that is gone says 0.
  /// kConflict as prepare(). Need make nothing.
  virtual Result<StateRecord> standing(std::span<const DocumentPlan> plans) {
    return prepare(plans, false);
  }

  /// Raises the floor of a document type (a tombstone of every key): older writes are refused from
  /// now on. Only rises.
  virtual Result<void> raise_floor(const DocumentPlan& plan, Revision floor) = 0;

  /// Writes guarded: a record only moves to a higher revision, a removed key leaves a tombstone.
  /// Acknowledged when it returns. Raises the state record's revision first and its counter of
  /// writes last, each atomically. Past the age fence nothing is written: kTooOld. Nor where the
  /// counter is below `writes_before`: kTransient, connect again and compare.
  virtual Result<WriteOutcome> write(const WriteBatch& batch) = 0;

  /// Raises the counter of writes to at least this, without a write: so that the next loss shows
  /// after this one was noted.
  virtual Result<void> raise_writes(const DocumentPlan& plan, uint64_t at_least) = 0;

  /// The records of these keys and their tombstones, parallel to `keys`.
  virtual Result<std::vector<StoredRecord>> read(const DocumentPlan& plan,
                                                 std::span<const DocumentKey> keys) = 0;

  /// The content that a record written from this image would have when read back: comparable with
  /// StoredRecord::content.
  virtual Result<Digest> expected(const DocumentPlan& plan, const Image& image) = 0;

  /// A page of the target's own keys of this type, in the store's order; begin with an empty
  /// cursor. A key that exists during the whole walk is returned at least once. `below` limits it
  /// to records with a lower revision (0: all).
  virtual Result<WalkPage> walk(const DocumentPlan& plan, const std::string& cursor, Revision below,
                                size_t keys_about) = 0;

  /// Replaces a record or tombstone whose revision is from the future, if it still carries exactly
  /// `bogus`: the one write that may lower a revision. Writes the image (absent: removes, tombstone
  /// at `revision`).
  virtual Result<void> replace_from_future(const DocumentPlan& plan, const Image& image,
                                           Revision revision, Revision bogus) = 0;

  /// Expires tombstones that are old enough and mends what dead writers left. Called every few
  /// seconds by the engine; with `everything` also for the young ones (at start, at takeover).
  virtual Result<void> tend(std::span<const DocumentPlan> plans, bool everything) = 0;

  /// Removes all records, tombstones and the floor of a document type.
  virtual Result<uint64_t> purge(const DocumentPlan& plan) = 0;

  /// Number of records of this type now (may be approximate), for status.
  virtual Result<uint64_t> count(const DocumentPlan& plan) = 0;

  /// True when records may vanish by themselves (TTL, evicting maxmemory): absence then proves
  /// nothing.
  virtual bool may_expire() const = 0;

  /// For people: the record as the store shows it, JSON or lines; empty when absent.
  virtual Result<std::string> show(const DocumentPlan& plan, const DocumentKey& key) = 0;
};

/// Makes connections to one store. Safe for concurrent use.
class TargetConnector {
 public:
  virtual ~TargetConnector() = default;
  virtual const TargetName& name() const = 0;
  /// A new connection, not prepared. kTransient when the store is away; kInvalid on a wrong
  /// password or address.
  virtual Result<std::unique_ptr<Target>> connect() = 0;
};

}  // namespace syncline::ports
