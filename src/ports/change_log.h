#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "document/ids.h"
#include "ports/source.h"

namespace syncline::ports {

using document::TargetName;

/// Why a key is owed, which decides when it is tried again.
enum class OwedReason {
  kAway,      ///< the target could not be reached: at once when it returns
  kTooLarge,  ///< the document is too large: when the key changes
  kRefused,   ///< the target refuses this record (a unique index, a foreign record): with back-off,
              ///< 1 s to 5 min
};

/// A key that one target could not take.
struct OwedKey {
  TargetName target;
  DocumentName document;
  DocumentKey key;
  OwedReason reason = OwedReason::kAway;
  std::string detail;  ///< for people: the cause, named
  Revision revision;   ///< the view in which it was read
};

/// Keys that one target acknowledged at a revision: what it was owed of them up to that revision is
/// paid.
struct PaidKeys {
  TargetName target;
  DocumentName document;
  Revision revision;
  std::vector<DocumentKey> keys;
};

/// A target's counter of acknowledged writes of one document type (Target::write).
struct WriteCount {
  TargetName target;
  DocumentName document;
  uint64_t count = 0;
};

/// Everything that becomes true in one MySQL transaction when a batch is dealt with.
struct Settlement {
  std::vector<LogId> ids;           ///< log rows to delete
  std::vector<OwedKey> owed;        ///< keys that some target could not take
  std::vector<PaidKeys> paid;       ///< keys that were owed before
  std::vector<WriteCount> written;  ///< what the targets' counters were raised to; only rises
};

/// The queue of dirty keys. Has its own sessions (poll; settle at READ COMMITTED). One thread at a
/// time; every call blocks on MySQL. After an error forget the batch in hand, its ids and the head:
/// rows come again.
class ChangeLog {
 public:
  virtual ~ChangeLog() = default;

  /// The lowest row id above `after` outside any view; nothing when there is none. Cheap: for
  /// polling.
  virtual Result<std::optional<LogId>> first_above(LogId after) = 0;

  /// Settles a batch in one transaction. Repeating it is harmless.
  virtual Result<void> settle(const Settlement& settlement) = 0;

  /// Notes documents to refresh, as rows of their own.
  virtual Result<void> note(const DocumentName& document, std::span<const DocumentKey> keys) = 0;

  /// Inserts a wide row's next hop and moves its cursor in one transaction; an empty step cursor
  /// deletes the row. Does nothing when another engine moved the cursor first.
  virtual Result<void> advance(const LogRow& row, const WideStep& step) = 0;

  /// Moves owed keys into the log, in one transaction: those that are due now, at most `keys_max`
  /// (all of one target with `returned`, whatever their back-off, "too large" excepted). Returns
  /// how many.
  virtual Result<size_t> retry_owed(std::optional<TargetName> returned, size_t keys_max) = 0;

  /// How many keys are owed to any target (exact; the owed table is small or a target is away).
  virtual Result<uint64_t> owed_count() = 0;
};

}  // namespace syncline::ports
