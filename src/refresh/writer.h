#pragma once

#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "ports/target.h"
#include "refresh/batch.h"
#include "refresh/target_set.h"

namespace syncline::refresh {

/// What became of a batch in one target.
struct TargetOutcome {
  TargetName target;
  std::optional<Error> error;              ///< set: the target took nothing that can be relied on
  std::vector<ports::WriteOutcome> parts;  ///< parallel to Batch::parts when there is no error
};

class Lane;

/// The second half of a refresh: writes batches to targets side by side, each over a connection of
/// its own that is made when needed and dropped on an error. A target known to be away is tried at
/// most once a second, in the background, so that it does not hold up the others: a write answers
/// at once (kTransient) until it has come back. An empty batch only connects. One thread at a time.
class Writer {
 public:
  Writer(TargetSet& targets, Clock& clock);
  ~Writer();

  /// Blocks until every target of `only` has acknowledged or failed. Outcomes in the order of
  /// `only`.
  std::vector<TargetOutcome> write(const Batch& batch, std::span<const TargetName> only);

  /// This writer's connection to one target, for floors, walks, tending. Null result: see the
  /// error. Valid until the next error there.
  Result<ports::Target*> connection(const TargetName& name);

  /// Drops the connection after an error of the caller's own, and notes the target's health.
  void drop(const TargetName& name, const Error& error);

 private:
  std::map<TargetName, std::unique_ptr<Lane>> lanes_;
};

}  // namespace syncline::refresh
