#pragma once

#include <stop_token>
#include <vector>

#include "snapshot/snapshot.h"

namespace syncline::engine {

/// Sees to it that everything is loaded: what never was, what a target that was away lacks, what a
/// store forgot; and makes the second cleaning walk after the age fence. run() is called by one
/// thread.
class Loader {
 public:
  explicit Loader(const snapshot::Snapshot::Parts& parts) : parts_(parts), snapshot_(parts) {}

  /// Until stopped. Transient errors are retried; others end it.
  Result<void> run(std::stop_token stop);

  /// A load that could make progress now: not finished, and its target answers.
  static bool is_any_due(std::span<const document::DocumentPlan> plans,
                         const refresh::TargetSet& targets, const refresh::LoadTable& loads);

 private:
  Result<void> step(std::stop_token stop);
  Result<void> begin_forgotten_again();
  Result<void> walk_when_due(std::stop_token stop);

  const snapshot::Snapshot::Parts parts_;
  snapshot::Snapshot snapshot_;
  std::vector<ports::Load> awaited_;  // loads whose second walk is due at walk_at_
  BootTime walk_at_{};
};

}  // namespace syncline::engine
