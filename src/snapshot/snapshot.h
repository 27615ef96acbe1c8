#pragma once

#include <functional>
#include <optional>
#include <span>
#include <stop_token>
#include <vector>

#include "base/result.h"
#include "document/plan.h"
#include "refresh/parts.h"

namespace syncline::snapshot {

/// How far a load is, for a progress bar.
struct Progress {
  document::DocumentName document;
  uint64_t documents = 0;  ///< refreshed by this run
  uint64_t chunks = 0;
  bool is_cleaning = false;
};

struct Report {
  uint64_t documents = 0;
  uint64_t chunks = 0;
  uint64_t chunks_resumed = 0;  ///< done by an earlier run, not repeated
  bool is_complete = false;  ///< every load reached kLoaded; false: a target was away, or stopped
};

/// Loads documents into targets: chunks by key, each a refresh in its own numbered view, then the
/// cleaning walk. Resumable: what a killed run finished is not repeated. The loads of one document
/// type into several targets that answer share their reads. The caller sees to it that the change
/// log is streamed meanwhile or afterwards (the cleaning walk notes keys in it). One thread calls
/// run(); it starts `options.snapshot_workers` workers itself.
class Snapshot {
 public:
  explicit Snapshot(const refresh::Parts& parts);

  /// Loads every (document, target) that is not loaded yet and whose target answers; `again`:
  /// begins those of `only` anew. Returns early, incomplete, when stopped or when a target goes
  /// away for longer than a few retries.
  Result<Report> run(std::span<const document::DocumentName> only, bool again, std::stop_token stop,
                     const std::function<void(const Progress&)>& on_progress);

  /// The walk that is due once more after the age fence (Load::is_second_walk_due): notes what is
  /// still below the floor.
  Result<void> walk_again(std::stop_token stop);

 private:
  refresh::Parts parts_;
};

}  // namespace syncline::snapshot
