#pragma once

#include <deque>
#include <mutex>
#include <optional>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "ports/source.h"

namespace syncline::stream {

/// The change-log rows between being read and being settled, so that sweeps pass over them. Bounded
/// by the batches under way. Safe for concurrent use.
class RowsInHand {
 public:
  /// Those that are not in hand, in the order given. `has_wide` becomes true if a wide one is.
  std::vector<ports::LogRow> others(std::vector<ports::LogRow> rows, bool& has_wide) const;

  /// Takes the rows of one page, first seen then. Pages end in the order in which they began.
  void begin(std::span<const document::LogId> ids, BootTime seen);
  void end(std::span<const document::LogId> ids);

  /// False when there are too many wide rows already: the row stays in the log for a later sweep.
  bool begin_wide(document::LogId id);
  void end_wide(document::LogId id);

  /// Nothing is in hand any more, but what was is still behind, until caught_up().
  void forget();
  void caught_up();

  /// When the oldest row that is not settled was first seen.
  std::optional<BootTime> oldest() const;
  size_t wide_rows() const;

 private:
  mutable std::mutex mutex_;
  std::unordered_map<document::LogId, bool> rows_;  // whether it is wide
  size_t wide_rows_ = 0;
  std::deque<BootTime> pages_;
  std::optional<BootTime> behind_since_;  // of rows that were forgotten
};

}  // namespace syncline::stream
