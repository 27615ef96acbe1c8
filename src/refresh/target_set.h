#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "document/plan.h"
#include "ports/database.h"
#include "ports/target.h"

namespace syncline::refresh {

using document::DocumentName;
using document::DocumentPlan;
using document::Revision;
using document::TargetName;

/// Whether a target answers.
struct Health {
  bool is_up = true;
  std::string reason;  ///< why not; empty while up
  BootTime since{};    ///< of the last change
};

/// The targets of a pipeline, shared by all threads of a process: makes prepared connections, knows
/// which target answers, and notices one that lost what it had acknowledged. Safe for concurrent
/// use.
///
/// A target counts its acknowledged writes, by document type. What is settled is settled together
/// with the number that the counter was raised to by it, in MySQL. A target whose counter stands
/// below a noted number lost writes that nobody will repeat: all of it is loaded again. Why no
/// order of events makes a false alarm or a missed loss:
///   - A write raises the counter after all it did, in one atomic step that gives the new number;
///     the number is noted after that, by GREATEST. So a target that lost nothing never stands
///     below a noted number, in whatever order several processes note theirs. Killed in between:
///     nothing was settled, the write is repeated.
///   - The noted numbers are read before the counters, never after: what others write and note
///     meanwhile only raises the counters.
///   - A write names the highest number that this process knows, and the target refuses it where
///     its counter is below: one that went back under a standing connection cannot be counted up
///     past a noted number by who knows better.
///   - A loss is noted in MySQL, loads back to "none" and the numbers a leap higher in one
///     transaction, before the target's counter follows; then loads begin. Killed in between, the
///     loss is found again. Numbers from before the loss, noted late, are below the leap.
class TargetSet {
 public:
  /// All borrowed, they outlive this. `adopt`: the first connection to each takes it over from
  /// whoever has it (see Target::prepare); if it is lost to somebody after that, it stays lost.
  TargetSet(std::vector<ports::TargetConnector*> connectors, std::span<const DocumentPlan> plans,
            Clock& clock, ports::Database& database, bool adopt = false);

  const std::vector<TargetName>& names() const { return names_; }

  /// A new connection, prepared and compared with what MySQL noted: a loss is noted there before
  /// this returns. Blocks up to the store's timeout; notes the target's health. Errors as
  /// Target::prepare and ports::State.
  Result<std::unique_ptr<ports::Target>> connect(const TargetName& name);

  /// Compares a connection that connect() made once more: notices a store that was flushed or put
  /// back meanwhile. Errors as connect().
  Result<void> check(ports::Target& target);

  /// What a thread learned from a call to a target: kTransient marks it away, success marks it up;
  /// others leave it.
  void note_success(const TargetName& name);
  void note_failure(const TargetName& name, const Error& error);

  Health health(const TargetName& name) const;
  bool is_up(const TargetName& name) const { return health(name).is_up; }

  /// The number that the target's counter of this document type is known to have reached.
  uint64_t writes(const TargetName& name, const DocumentName& document) const;
  /// A write of this process raised it to this (0: it was empty).
  void note_writes(const TargetName& name, const DocumentName& document, uint64_t count);

  /// The highest revision that any state record showed when connections were prepared.
  Revision known_revision() const;

 private:
  using Counts = std::map<DocumentName, uint64_t>;

  Result<void> prepare(ports::Target& target, const Counts& known, bool adopt);
  Result<Counts> known_counts(const TargetName& name);
  Result<void> deal_with_loss(ports::Target& target);
  bool is_to_adopt(const TargetName& name) const;

  const std::vector<ports::TargetConnector*> connectors_;
  const std::span<const DocumentPlan> plans_;
  Clock& clock_;
  std::vector<TargetName> names_;

  std::mutex state_mutex_;  // guards state_
  const std::unique_ptr<ports::State> state_;
  std::mutex loss_mutex_;  // of two threads that notice a loss, the second one finds it noted

  mutable std::mutex mutex_;  // guards what follows
  std::set<TargetName> to_adopt_;
  std::map<TargetName, Health> health_;
  std::map<TargetName, Counts> noted_;  // in MySQL, when a connection was last compared
  std::map<TargetName, Counts> seen_;   // by the writes of this process
  Revision known_revision_;
};

}  // namespace syncline::refresh
