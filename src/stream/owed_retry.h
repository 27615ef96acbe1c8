#pragma once

#include <map>
#include <memory>
#include <set>

#include "base/clock.h"
#include "ports/database.h"
#include "refresh/target_set.h"

namespace syncline::stream {

/// Moves owed keys back into the change log: those that are due each second, and all of a target as
/// soon as it has come back (or the process begins). One thread at a time.
class OwedRetry {
 public:
  OwedRetry(ports::Database& database, const refresh::TargetSet& targets, Clock& clock);

  /// One short transaction at most. True when there is more to do at once.
  Result<bool> step();

 private:
  const std::unique_ptr<ports::ChangeLog> log_;
  const refresh::TargetSet& targets_;
  Clock& clock_;
  std::map<document::TargetName, BootTime> up_since_;
  std::set<document::TargetName> returned_;
  BootTime next_{};
};

}  // namespace syncline::stream
