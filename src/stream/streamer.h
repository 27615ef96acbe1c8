#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <stop_token>
#include <vector>

#include "base/result.h"
#include "document/ids.h"
#include "refresh/parts.h"

namespace syncline::stream {

/// What the stream is doing, for status. A copy; consistent enough for people.
struct Status {
  document::Revision watermark;  ///< everything committed before it is in the targets or owed; 0:
                                 ///< no sweep completed yet
  std::chrono::milliseconds lag{0};  ///< age of the oldest row of the batch in hand, or 0 when idle
  uint64_t log_rows = 0;             ///< settled since start
  uint64_t documents = 0;            ///< refreshed since start
  uint64_t wide_rows = 0;            ///< wide rows in progress
  std::string held_up_by;            ///< last error while retrying; empty when running
};

/// Refreshes dirty keys for as long as it runs: polls the head of the change log, sweeps it from
/// the bottom for stragglers, resolves rows to documents in a numbered view, writes them, settles
/// the rows; turns wide rows into log rows of the next hop; retries what is owed; publishes the
/// watermark (State "watermark", at least once a second when idle). run() and drain() are called by
/// one thread; status() by any.
class Streamer {
 public:
  explicit Streamer(const refresh::Parts& parts);
  ~Streamer();

  /// Streams until stopped. Transient errors of MySQL are retried for ever, with back-off; a target
  /// that is away is owed to. Returns kConflict when a newer generation took over, kCorrupt or
  /// kInvalid when going on would be wrong.
  Result<void> run(std::stop_token stop);

  /// Streams until everything committed before the call is settled (a completed sweep whose first
  /// view opened after the call).
  Result<void> drain(std::stop_token stop);

  Status status() const;

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

}  // namespace syncline::stream
