#pragma once

#include <mutex>
#include <optional>
#include <stop_token>
#include <vector>

#include "snapshot/snapshot.h"

namespace syncline::engine {

/// Sees to it that everything is loaded: what never was, what a target that was away lacks, what a
/// store forgot; and makes the second cleaning walk after the age fence. run() is called by one
/// thread, progress() by any.
class Loader {
 public:
  explicit Loader(const refresh::Parts& parts)
      : parts_(parts), state_(parts.database.state()), snapshot_(parts) {}

  /// Until stopped. Transient errors are retried; others end it.
  Result<void> run(std::stop_token stop);

  /// A load that could make progress now: not finished, and its target answers.
  static bool is_any_due(std::span<const document::DocumentPlan> plans,
                         const refresh::TargetSet& targets, const refresh::LoadTable& loads);

  /// Of the load that is under way; nothing when none is.
  std::optional<snapshot::Progress> progress() const;

 private:
  Result<void> step(std::stop_token stop);
  void note_progress(const std::optional<snapshot::Progress>& progress);
  Result<void> walk_when_due(std::stop_token stop);

  const refresh::Parts parts_;
  const std::unique_ptr<ports::State> state_;
  snapshot::Snapshot snapshot_;
  std::vector<ports::Load> awaited_;  // loads whose second walk is due at walk_at_
  BootTime walk_at_{};

  mutable std::mutex mutex_;  // guards progress_
  std::optional<snapshot::Progress> progress_;
};

}  // namespace syncline::engine
