#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "document/plan.h"
#include "ports/target.h"

namespace syncline::refresh {

using document::DocumentPlan;
using document::Revision;
using document::TargetName;

/// Whether a target answers.
struct Health {
  bool is_up = true;
  std::string reason;  ///< why not; empty while up
  BootTime since{};    ///< of the last change
};

/// The targets of a pipeline, shared by all threads of a process: makes prepared connections and
/// knows which target answers. Safe for concurrent use.
class TargetSet {
 public:
  /// All borrowed, they outlive this. `adopt`: the first connection to each takes it over from
  /// whoever has it (see Target::prepare); if it is lost to somebody after that, it stays lost.
  TargetSet(std::vector<ports::TargetConnector*> connectors, std::span<const DocumentPlan> plans,
            Clock& clock, bool adopt = false);

  const std::vector<TargetName>& names() const { return names_; }

  /// A new connection, prepared. Blocks up to the store's timeout; notes the target's health.
  /// Errors as Target::prepare.
  Result<std::unique_ptr<ports::Target>> connect(const TargetName& name);

  /// Reads the state record of a connection that connect() made once more: notices a store that was
  /// flushed meanwhile. Errors as Target::prepare.
  Result<void> check(ports::Target& target);

  /// What a thread learned from a call to a target: kTransient marks it away, success marks it up;
  /// others leave it.
  void note_success(const TargetName& name);
  void note_failure(const TargetName& name, const Error& error);

  Health health(const TargetName& name) const;
  bool is_up(const TargetName& name) const { return health(name).is_up; }

  /// The target acknowledged a write at this revision. Also tells what an earlier process knew.
  void note_written(const TargetName& name, Revision revision);

  /// The highest revision that the target is known to have acknowledged.
  Revision written(const TargetName& name) const;

  /// True once after a connection was prepared whose state record is below what the target had
  /// acknowledged: the store lost writes, and must be loaded again.
  bool take_forgotten(const TargetName& name);

  /// Makes take_forgotten() true once more: what had to be done could not be done yet.
  void note_forgotten(const TargetName& name);

  /// The highest revision that any state record showed when connections were prepared.
  Revision known_revision() const;

 private:
  Result<void> prepare(ports::Target& target, bool adopt);
  bool is_to_adopt(const TargetName& name) const;

  const std::vector<ports::TargetConnector*> connectors_;
  const std::span<const DocumentPlan> plans_;
  Clock& clock_;
  std::vector<TargetName> names_;

  mutable std::mutex mutex_;  // guards what follows
  std::set<TargetName> to_adopt_;
  std::map<TargetName, Health> health_;
  std::map<TargetName, Revision> written_;
  std::set<TargetName> forgotten_;
  Revision known_revision_;
};

}  // namespace syncline::refresh
