#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "config/options.h"
#include "mongo/ownership.h"
#include "mongo/store.h"
#include "mongo/tombstones.h"
#include "mongo/write_command.h"
#include "ports/target.h"

namespace syncline::mongo {

/// What a write needs of its connection.
struct WriteContext {
  Store& store;
  Ownership& ownership;
  Tombstones& tombstones;
  const config::Options& options;
  const Clock& clock;
};

/// One batch on its way into a collection, so that whatever other writers do, or leave undone, a
/// record only moves to a higher revision and a removed key stays removed:
///   1. raise the state record; which keys have a newer tombstone or floor? they are done: older
///   2. absent: leave the tombstone, then delete what is below the revision
///   3. present: replace what is below the revision, or insert; 11000 means somebody was first
///   4. ask again, after every write: what a newer tombstone covers by now is taken back, if it is
///      exactly ours
///   5. count the write: a store that says this number has all of the above
/// A writer that dies between 3 and 4 leaves a record below its tombstone: Tombstones::tend().
class GuardedWrite {
 public:
  /// Both are borrowed.
  GuardedWrite(const WriteContext& context, const ports::WriteBatch& batch);

  /// Once. kTooOld past the age fence.
  Result<ports::WriteOutcome> run();

 private:
  enum class Fate : uint8_t { kPending, kUnconfirmed, kWritten, kRemoved, kOlder, kRefused };

  /// What the store has of a key: nothing inside: without a revision of ours.
  using Revisions = std::unordered_map<DocumentKey, std::optional<Revision>>;

  /// An image that met an 11000, and the store's words.
  struct Conflict {
    size_t image = 0;
    std::string message;
  };

  Result<void> check_fence() const;
  Result<void> pass_over_covered();
  Result<void> remove_absent();
  Result<void> write_present();
  Result<void> take_back_covered();

  Result<std::vector<Conflict>> send(const std::vector<size_t>& images);
  Result<std::vector<Conflict>> judge(std::vector<Conflict> conflicts);
  Result<int64_t> remove(const std::vector<size_t>& images, const Guard& guard,
                         const WriteCommand::Permission& permission);
  Result<Revisions> revisions_of(const std::vector<size_t>& images);
  void note_unless_lower(size_t image, const Revisions& revisions);

  void refuse(size_t image, ports::OwedReason reason, const std::string& why);
  std::vector<size_t> images_with(Fate fate) const;
  std::vector<DocumentKey> keys_of(const std::vector<size_t>& images) const;

  const WriteContext& context_;
  const ports::WriteBatch& batch_;
  const WriteCommand::Permission permission_;
  std::vector<size_t> sorted_;  ///< into batch_.images, by key
  std::vector<Fate> fates_;     ///< parallel to batch_.images
  std::vector<ports::RefusedImage> refused_;
};

}  // namespace syncline::mongo
