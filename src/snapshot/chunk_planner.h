#pragma once

#include <optional>
#include <span>
#include <vector>

#include "base/result.h"
#include "ports/state.h"

namespace syncline::snapshot {

using document::DocumentKey;
using document::TargetName;

/// A chunk to refresh, for those targets that have not finished it.
struct Task {
  ports::Chunk chunk;
  std::vector<TargetName> targets;
};

/// Where the next chunk of some targets begins.
struct Place {
  uint64_t number = 0;
  std::optional<DocumentKey> after;
  std::vector<TargetName> targets;
};

/// Which chunks of a document type remain: first those that were claimed and not finished, then
/// what lies above each target's last bound. Targets that stand at the same place share their
/// chunks. The first chunk begins and the last one ends at an open bound, and each begins where the
/// one before it ends. Pure; one thread at a time.
class ChunkPlanner {
 public:
  /// Takes a target up with what State knows of its chunks. kCorrupt when they do not chain.
  Result<void> add(const TargetName& target, std::span<const ports::Chunk> chunks);

  std::optional<Task> next_claimed();

  /// Where to cut; nothing when everything is claimed.
  std::optional<Place> place() const;
  /// The chunk that cutting at place() with this end makes, not yet taken.
  Task chunk_to(const std::optional<DocumentKey>& last) const;
  /// Takes the chunk, once it is claimed: the next place is above it.
  void take(const Task& task);

  /// Leaves a target out from now on.
  void give_up(const TargetName& target);

 private:
  std::vector<Task> claimed_;
  std::vector<Place> places_;
};

}  // namespace syncline::snapshot
